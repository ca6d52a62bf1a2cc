/*
 * An inverted index in the stream of bytes that it is dumped to. What comes back is checked: every slot, every order. It is taken
 * up while it arrives, step by step: a step says how many bytes must be there before the next, 0 to let others have their turn, or
 * that it was the last. (Steps are functions, and a generator goes through them: one that does the work itself is not optimized,
 * and takes half as long again.)
 */
import { type BlockReader, type BlockWriter, malformed } from '../../filter/indexes/blocks.js';
import type { Postings } from '../../kernel/postings.js';
import { WINDOW_SLOTS } from '../../kernel/postings-layout.js';
import { Present } from './present.js';

/** Their numbers have 16 bits. */
const WINDOWS = 65_536;
/** Some heads, whatever their numbers are. */
export const HEAD_BYTES = 16;
/** A run, with its head. */
const RUN_BYTES: number = 6 * WINDOW_SLOTS + HEAD_BYTES;
/** Others have their turn behind so many postings. */
const MANY_POSTINGS = 1_024;

export function dumpPresent({ bits, end }: Present, out: BlockWriter): void {
  out.uint(end);
  out.numbers(bits.slice(0, Math.ceil(end / 32)));
}

export function* loadPresent(from: BlockReader): Generator<number, Present> {
  if (!from.holds(HEAD_BYTES)) yield HEAD_BYTES;
  const end = from.uint();
  const words = Math.ceil(end / 32);
  if (!from.holds(4 * words)) yield 4 * words;
  return Present.of(from.uints(words), end);
}

/** All runs of a term at once: they may move when slots are added. */
export function dumpRuns(postings: Postings, term: number, out: BlockWriter): void {
  const { raw } = postings.memory;
  for (let run = postings.firstRun(term); run !== 0; run = postings.runBehind(run)) {
    const count = postings.lengthOfRun(run);
    out.uint(count);
    out.uint(postings.windowOf(run));
    out.part(raw, postings.offsetsOf(run), 2 * count);
    out.part(raw, postings.valuesOf(run), postings.valueBytes * count);
  }
  out.uint(0);
}

/** Of the last step. */
export const DONE: number = -1;

/** One step after another, to the last. */
export function* inSteps(step: () => number): Generator<number> {
  for (let needed = step(); needed !== DONE; needed = step()) yield needed;
}

/**
 * A step: adds runs of a term that were dumped, without slots that `present` has not: those that came while others were written.
 *
 * @throws SnapshotError for malformed bytes
 */
export function loadRuns(postings: Postings, term: number, from: BlockReader, present: Present): number {
  for (let loaded = 0; loaded < MANY_POSTINGS; ) {
    if (!from.holds(RUN_BYTES)) return RUN_BYTES;
    const count = from.uint();
    if (count === 0) return DONE;
    const window = from.uint();
    if (count > WINDOW_SLOTS || window <= postings.lastWindowOf(term) || window >= WINDOWS)
      throw malformed('runs out of order');
    const run = postings.append(term, window, count);
    const { raw } = postings.memory;
    from.into(raw, postings.offsetsOf(run), 2 * count);
    from.into(raw, postings.valuesOf(run), postings.valueBytes * count);
    checkValues(postings, run, count);
    const kept = keptOf(postings, run, count, window * WINDOW_SLOTS, present);
    if (kept < count) postings.truncate(term, present.end);
    if (kept > 0) postings.bound(run, window);
    loaded += count;
  }
  return 0;
}

/** No weight may be infinite or no number, no word may occur never. */
function checkValues(postings: Postings, run: number, count: number): void {
  const { shorts, floats } = postings.memory;
  let isBad = false;
  if (postings.isText)
    for (let i = 0, at = postings.valuesOf(run) >>> 1; i < count; i++) isBad ||= shorts[at + i] === 0;
  else
    for (let i = 0, at = postings.valuesOf(run) >>> 2; i < count; i++)
      isBad ||= !Number.isFinite(floats[at + i]!);
  if (isBad) throw malformed('a weight or a number of occurrences is out of range');
}

/** How many of a run's slots are below the end of those that are present; all of these must be. `first`: of the window. */
function keptOf(
  postings: Postings,
  run: number,
  count: number,
  first: number,
  { bits, end }: Present,
): number {
  const { shorts } = postings.memory;
  const from = postings.offsetsOf(run) >>> 1;
  let kept = 0;
  let before = -1;
  for (let i = 0; i < count; i++) {
    const offset = shorts[from + i]!;
    if (offset <= before) throw malformed('slots out of order');
    if (offset >= WINDOW_SLOTS) throw malformed('a slot is beyond its window');
    before = offset;
    const slot = first + offset;
    if (slot >= end) continue;
    if (((bits[slot >>> 5]! >>> (slot & 31)) & 1) === 0) throw malformed('a slot without a value');
    kept++;
  }
  return kept;
}
