/* An inverted index in the stream of bytes that it is dumped to. What comes back is checked: every slot, every order. */
import { type BlockReader, type BlockWriter, malformed } from '../../filter/indexes/blocks.js';
import type { Postings, Run } from '../../kernel/postings.js';
import { WINDOW_SLOTS } from '../../kernel/postings-layout.js';
import { Present } from './present.js';

export function dumpPresent({ bits, end }: Present, out: BlockWriter): void {
  out.uint(end);
  out.numbers(bits.slice(0, Math.ceil(end / 32)));
}

export function loadPresent(from: BlockReader): Present {
  const end = from.uint();
  const bits = from.uints(Math.ceil(end / 32));
  const present = new Present();
  for (let slot = 0; slot < end; slot++) if ((bits[slot >>> 5]! >>> (slot & 31)) & 1) present.add(slot);
  return present;
}

/** All runs of a term at once: they may move when slots are added. */
export function dumpRuns(postings: Postings, term: number, out: BlockWriter): void {
  for (const { window, offsets, values } of postings.runsOf(term)) {
    out.uint(offsets.length);
    out.uint(window);
    for (const { buffer, byteOffset, byteLength } of [offsets, values])
      out.bytes(new Uint8Array(buffer, byteOffset, byteLength));
  }
  out.uint(0);
}

/**
 * Adds the runs of a term that were dumped, without slots that `present` has not: those that came while others were written.
 *
 * @throws SnapshotError for malformed bytes
 */
export function loadRuns(postings: Postings, term: number, from: BlockReader, present: Present): void {
  let before = -1;
  for (let count = from.uint(); count !== 0; count = from.uint()) {
    const window = from.uint();
    if (count > WINDOW_SLOTS || window <= before) throw malformed('runs out of order');
    before = window;
    const offsets = shortsOf(from.bytes(2 * count));
    const values = postings.isText
      ? shortsOf(from.bytes(2 * count))
      : new Float32Array(new Uint8Array(from.bytes(4 * count)).buffer);
    check({ window, offsets, values });
    const kept = keptOf(window, offsets, present);
    if (kept === 0) continue;
    postings.append(term, { window, offsets: offsets.subarray(0, kept), values: values.subarray(0, kept) });
  }
}

function shortsOf(bytes: Uint8Array): Uint16Array {
  return new Uint16Array(new Uint8Array(bytes).buffer);
}

function check({ offsets, values }: Run): void {
  for (let i = 1; i < offsets.length; i++)
    if (offsets[i]! <= offsets[i - 1]!) throw malformed('slots out of order');
  if (offsets.at(-1)! >= WINDOW_SLOTS) throw malformed('a slot is beyond its window');
  const isBad =
    values instanceof Float32Array
      ? !values.every(Number.isFinite)
      : values.some((occurrences) => occurrences === 0);
  if (isBad) throw malformed('a weight or a number of occurrences is out of range');
}

/** How many of a run's slots are below the end of those that are present; all of these must be. */
function keptOf(window: number, offsets: Uint16Array, present: Present): number {
  let kept = 0;
  for (const offset of offsets) {
    const slot = window * WINDOW_SLOTS + offset;
    if (slot >= present.end) break;
    if (!present.has(slot)) throw malformed('a slot without a value');
    kept++;
  }
  return kept;
}
