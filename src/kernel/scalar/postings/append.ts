/* How postings come and go: see asm/postings/append.ts. */
import * as L from '../../postings-layout.js';
import { allocate, float, type Memory, setFloat, setShort, setWord, sized, word } from './memory.js';
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
  valuesOf,
  windowOf,
} from './runs.js';

const { fround } = Math;

export function newTerm(m: Memory): number {
  const term = allocate(m, L.TERM_BYTES);
  if (term !== 0) m.u32.fill(0, term / 4, (term + L.TERM_BYTES) / 4);
  return term;
}

/** Of the text that is added: its length, that of all so far, and where those of its window are. */
export interface Lengths {
  readonly length: number;
  readonly average: number;
  readonly lengths: number;
}

export function add(m: Memory, slot: number, from: number, n: number, of: Lengths): number {
  const average = fround(of.average);
  for (let i = from; i < n; i++) {
    const term = word(m, L.INPUT_TERMS + 4 * i);
    const run = roomIn(m, term, slot >>> L.WINDOW_SHIFT, average, of.lengths);
    if (run === 0) return i;
    const count = countOf(m, run);
    setShort(m, run + L.RUN_OFFSETS + 2 * count, slot & (L.WINDOW_SLOTS - 1));
    if (isText(m)) putText(m, run, count, word(m, L.INPUT_VALUES + 4 * i), fround(of.length));
    else putWeight(m, run, count, float(m, L.INPUT_VALUES + 4 * i));
    setShort(m, run + L.RUN_COUNT, count + 1);
    setWord(m, term + L.TERM_COUNT, word(m, term + L.TERM_COUNT) + 1);
  }
  return n;
}

function putText(m: Memory, run: number, at: number, tf: number, length: number): void {
  const norm = fround(float(m, L.NORM_LENGTH) / float(m, run + L.RUN_LOW));
  setShort(m, valuesOf(m, run) + 2 * at, tf);
  setFloat(m, run + L.RUN_HIGH, Math.max(float(m, run + L.RUN_HIGH), shareOf(m, tf, length, norm)));
}

function putWeight(m: Memory, run: number, at: number, weight: number): void {
  setFloat(m, valuesOf(m, run) + 4 * at, weight);
  setFloat(m, run + L.RUN_HIGH, Math.max(float(m, run + L.RUN_HIGH), weight));
  setFloat(m, run + L.RUN_LOW, Math.min(float(m, run + L.RUN_LOW), weight));
}

function roomIn(m: Memory, term: number, window: number, average: number, lengths: number): number {
  const last = word(m, term + L.TERM_LAST);
  if (last === 0 || windowOf(m, last) !== window) return appendRun(m, term, window, L.RUN_LEAST, average);
  const capacity = capacityOf(m, last);
  if (countOf(m, last) < capacity) return last;
  const run = moved(m, term, last, 2 * capacity);
  if (run !== 0 && isText(m)) bound(m, run, average, lengths);
  return run;
}

function appendRun(m: Memory, term: number, window: number, count: number, average: number): number {
  const run = newRun(m, window, count);
  if (run === 0) return 0;
  setFloat(m, run + L.RUN_HIGH, isText(m) ? 0 : Number.NEGATIVE_INFINITY);
  setFloat(m, run + L.RUN_LOW, isText(m) ? average : Number.POSITIVE_INFINITY);
  const last = word(m, term + L.TERM_LAST);
  if (last === 0) setWord(m, term + L.TERM_FIRST, run);
  else {
    const before = trimmed(m, term, last);
    setWord(m, before + L.RUN_NEXT, run);
    setWord(m, term + L.TERM_BEFORE, before);
  }
  setWord(m, term + L.TERM_LAST, run);
  return run;
}

export function append(m: Memory, term: number, window: number, count: number): number {
  const run = appendRun(m, term, window, count, 1);
  if (run === 0) return 0;
  setShort(m, run + L.RUN_COUNT, count);
  setWord(m, term + L.TERM_COUNT, word(m, term + L.TERM_COUNT) + count);
  return run;
}

function trimmed(m: Memory, term: number, run: number): number {
  if (sized(bytesOf(m, countOf(m, run))) >= sized(bytesOf(m, capacityOf(m, run)))) return run;
  return moved(m, term, run, countOf(m, run)) || run;
}

function moved(m: Memory, term: number, run: number, count: number): number {
  const there = newRun(m, windowOf(m, run), count);
  if (there === 0) return 0;
  const n = countOf(m, run);
  setShort(m, there + L.RUN_COUNT, n);
  setFloat(m, there + L.RUN_HIGH, float(m, run + L.RUN_HIGH));
  setFloat(m, there + L.RUN_LOW, float(m, run + L.RUN_LOW));
  copy(m, there + L.RUN_OFFSETS, run + L.RUN_OFFSETS, n);
  copy(m, valuesOf(m, there), valuesOf(m, run), (n * word(m, L.VALUE_BYTES)) / 2);
  const before = word(m, term + L.TERM_BEFORE);
  setWord(m, before === 0 ? term + L.TERM_FIRST : before + L.RUN_NEXT, there);
  setWord(m, term + L.TERM_LAST, there);
  releaseRun(m, run);
  return there;
}

function copy(m: Memory, to: number, from: number, shorts: number): void {
  m.u16.copyWithin(to / 2, from / 2, from / 2 + shorts);
}

export function truncate(m: Memory, term: number, slot: number): void {
  const window = slot >>> L.WINDOW_SHIFT;
  let before = 0;
  let last = 0;
  let count = 0;
  for (let run = word(m, term + L.TERM_FIRST), next = 0; run !== 0; run = next) {
    next = word(m, run + L.RUN_NEXT);
    let kept = windowOf(m, run) > window ? 0 : countOf(m, run);
    if (windowOf(m, run) === window) kept = lowerBound(m, run, slot & (L.WINDOW_SLOTS - 1));
    if (kept === 0) {
      releaseRun(m, run);
      continue;
    }
    setShort(m, run + L.RUN_COUNT, kept);
    setWord(m, run + L.RUN_NEXT, 0);
    setWord(m, last === 0 ? term + L.TERM_FIRST : last + L.RUN_NEXT, run);
    [before, last] = [last, run];
    count += kept;
  }
  if (last === 0) setWord(m, term + L.TERM_FIRST, 0);
  setWord(m, term + L.TERM_LAST, last);
  setWord(m, term + L.TERM_BEFORE, before);
  setWord(m, term + L.TERM_COUNT, count);
}
