/* How postings come and go: at the end of a term's last run, which moves to a region twice as large when it is full. */
import * as L from '../../postings-layout';
import { allocate, sized } from './memory';
import {
  bound,
  bytesOf,
  capacityOf,
  countOf,
  isText,
  lowerBound,
  newRun,
  releaseRun,
  shareOf,
  valueBytes,
  valuesOf,
  windowOf,
} from './runs';

/** A term without postings; 0: no memory. */
export function newTerm(): u32 {
  const term = allocate(L.TERM_BYTES);
  if (term != 0) memory.fill(term, 0, L.TERM_BYTES);
  return term;
}

/**
 * Adds the postings of a slot from input `from` to `n`. Slots ascend. Returns how many of the input are there: fewer where
 * the memory has to grow. `length`, `average`, `lengths`: of text, the slot's length, that of all so far, and where those of
 * its window are.
 */
export function add(slot: u32, from: u32, n: u32, length: f32, average: f32, lengths: u32): u32 {
  const offset = slot & (L.WINDOW_SLOTS - 1);
  for (let i = from; i < n; i++) {
    const run = roomIn(load<u32>(L.INPUT_TERMS + (i << 2)), slot >> L.WINDOW_SHIFT, average, lengths);
    if (run == 0) return i;
    const term = load<u32>(L.INPUT_TERMS + (i << 2));
    const count = countOf(run);
    const value = L.INPUT_VALUES + (i << 2);
    store<u16>(run + (count << 1), <u16>offset, L.RUN_OFFSETS);
    if (isText()) {
      const tf = <f32>load<u32>(value);
      const share = shareOf(tf, length, load<f32>(L.NORM_LENGTH) / load<f32>(run, L.RUN_LOW));
      store<u16>(valuesOf(run) + (count << 1), <u16>load<u32>(value));
      store<f32>(run, max(load<f32>(run, L.RUN_HIGH), share), L.RUN_HIGH);
    } else {
      const weight = load<f32>(value);
      store<f32>(valuesOf(run) + (count << 2), weight);
      store<f32>(run, max(load<f32>(run, L.RUN_HIGH), weight), L.RUN_HIGH);
      store<f32>(run, min(load<f32>(run, L.RUN_LOW), weight), L.RUN_LOW);
    }
    store<u16>(run, <u16>(count + 1), L.RUN_COUNT);
    store<u32>(term, load<u32>(term, L.TERM_COUNT) + 1, L.TERM_COUNT);
  }
  return n;
}

/** The term's run of a window, with room for a posting; 0: no memory. */
function roomIn(term: u32, window: u32, average: f32, lengths: u32): u32 {
  const last = load<u32>(term, L.TERM_LAST);
  if (last != 0 && windowOf(last) == window) {
    const capacity = capacityOf(last);
    if (countOf(last) < capacity) return last;
    const run = moved(term, last, capacity << 1);
    // Bounds of text follow the average length while a window fills.
    if (run != 0 && isText()) bound(run, average, lengths);
    return run;
  }
  return appendRun(term, window, L.RUN_LEAST, average);
}

/** An empty run behind the term's last; 0: no memory. */
function appendRun(term: u32, window: u32, count: u32, average: f32): u32 {
  const run = newRun(window, count);
  if (run == 0) return 0;
  store<f32>(run, isText() ? 0 : <f32>-Infinity, L.RUN_HIGH);
  store<f32>(run, isText() ? average : <f32>Infinity, L.RUN_LOW);
  const last = load<u32>(term, L.TERM_LAST);
  if (last == 0) store<u32>(term, run, L.TERM_FIRST);
  else {
    const before = trimmed(term, last);
    store<u32>(before, run, L.RUN_NEXT);
    store<u32>(term, before, L.TERM_BEFORE);
  }
  store<u32>(term, run, L.TERM_LAST);
  return run;
}

/** A whole run of `count` postings, whose offsets and values the caller writes, and then calls `bound`; 0: no memory. */
export function append(term: u32, window: u32, count: u32): u32 {
  const run = appendRun(term, window, count, 1);
  if (run == 0) return 0;
  store<u16>(run, <u16>count, L.RUN_COUNT);
  store<u32>(term, load<u32>(term, L.TERM_COUNT) + count, L.TERM_COUNT);
  return run;
}

/** The last run of a term without the room it does not need, now that its window is over. */
function trimmed(term: u32, run: u32): u32 {
  if (sized(bytesOf(countOf(run))) >= sized(bytesOf(capacityOf(run)))) return run;
  const small = moved(term, run, countOf(run));
  return small == 0 ? run : small;
}

/** The last run of a term in a region for `count` postings; 0: no memory. */
function moved(term: u32, run: u32, count: u32): u32 {
  const there = newRun(windowOf(run), count);
  if (there == 0) return 0;
  const n = countOf(run);
  store<u16>(there, <u16>n, L.RUN_COUNT);
  store<f32>(there, load<f32>(run, L.RUN_HIGH), L.RUN_HIGH);
  store<f32>(there, load<f32>(run, L.RUN_LOW), L.RUN_LOW);
  memory.copy(there + L.RUN_OFFSETS, run + L.RUN_OFFSETS, n << 1);
  memory.copy(valuesOf(there), valuesOf(run), n * valueBytes());
  const before = load<u32>(term, L.TERM_BEFORE);
  if (before == 0) store<u32>(term, there, L.TERM_FIRST);
  else store<u32>(before, there, L.RUN_NEXT);
  store<u32>(term, there, L.TERM_LAST);
  releaseRun(run);
  return there;
}

/** Forgets the postings of a term from a slot on. */
export function truncate(term: u32, slot: u32): void {
  const window = slot >> L.WINDOW_SHIFT;
  let before: u32 = 0;
  let last: u32 = 0;
  let run = load<u32>(term, L.TERM_FIRST);
  let count: u32 = 0;
  while (run != 0) {
    const next = load<u32>(run, L.RUN_NEXT);
    let kept = windowOf(run) > window ? 0 : countOf(run);
    if (windowOf(run) == window) kept = lowerBound(run, slot & (L.WINDOW_SLOTS - 1));
    if (kept == 0) releaseRun(run);
    else {
      store<u16>(run, <u16>kept, L.RUN_COUNT);
      store<u32>(run, 0, L.RUN_NEXT);
      if (last == 0) store<u32>(term, run, L.TERM_FIRST);
      else store<u32>(last, run, L.RUN_NEXT);
      before = last;
      last = run;
      count += kept;
    }
    run = next;
  }
  if (last == 0) store<u32>(term, 0, L.TERM_FIRST);
  store<u32>(term, last, L.TERM_LAST);
  store<u32>(term, before, L.TERM_BEFORE);
  store<u32>(term, count, L.TERM_COUNT);
}
