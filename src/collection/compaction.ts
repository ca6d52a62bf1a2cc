/*
 * Masked rows still route, and still take memory. When there are many, the live ones are copied into a new index,
 * which is linked beside the old one and takes its place in one step of the write queue. Reads and writes go on
 * meanwhile: rows that come are copied behind the others, rows that are masked are masked in both.
 */
import { crashAt } from '../base/crash-node.js';
import { breathe } from '../base/slices.js';
import type { Arena } from '../hnsw/arena.js';
import type { HnswIndex } from '../hnsw/hnsw-index.js';
import { quarantine } from '../hnsw/link-job.js';
import { lastUpTo } from '../hnsw/names.js';
import { QUARANTINED, WIDE } from '../kernel/layout.js';
import { decodePayload } from '../store/payload.js';
import { type LiveIndex, lastRow, type Parts, slotsIn } from './live-index.js';
import type { WriteQueue } from './write-queue.js';

export interface CompactReport {
  /** Rows in the new index. */
  readonly rows: number;
  /** Masked rows that it does without. */
  readonly freedRows: number;
  readonly freedBytes: number;
  readonly seconds: number;
}

/** Share of masked rows from which compaction begins by itself, and how many there must be. */
const MASKED_SHARE = 0.25;
const MASKED_ROWS = 1_000;

/** Components copied and coded at a stretch: a millisecond or two. */
const SLICE_COMPONENTS = 50_000;
/** Rows that may be left to copy, unlinked, in the step that swaps. */
const LEFT_ROWS = 500;
/** Rounds of catching up before the swap is made with whatever is left. */
const ROUNDS = 8;

export function worthCompacting(live: LiveIndex): boolean {
  let rows = 0;
  let masked = 0;
  for (const arena of live.inner.rows.arenas) {
    rows += arena.rows;
    masked += arena.masked;
  }
  return masked >= MASKED_ROWS && masked >= MASKED_SHARE * rows;
}

/** Live rows behind row number `after`, ascending. */
function* rowsBehind(index: HnswIndex, after: number): Generator<{ arena: Arena; row: number }> {
  for (const arena of index._internals().rows.arenas) {
    const first = arena.rows === 0 || Number(arena.idOf(0)) > after ? 0 : lastUpTo(arena, after) + 1;
    for (let row = first; row < arena.rows; row++) if (arena.isLive(row)) yield { arena, row };
  }
}

/** Copies rows into the new index; those in quarantine stay there. */
function copyRows(live: LiveIndex, next: Parts, places: Iterable<{ arena: Arena; row: number }>): void {
  const { rows } = next.index._internals();
  const expelled: number[] = [];
  const pairs: [number, Float32Array][] = [];
  for (const { arena, row } of places) {
    const number = Number(arena.idOf(row));
    if ((arena.kernel.stateGet(row) & (QUARANTINED | WIDE)) === QUARANTINED) expelled.push(number);
    pairs.push([number, live.vectorOf(number)!]);
  }
  const first = slotsIn(next.index);
  rows.append(pairs);
  if (next.payloadIndexes.size > 0) {
    for (const [i, [number]] of pairs.entries())
      next.payloadIndexes.add(first + i, decodePayload(live.store.point(live.collection, number)!.payload));
  }
  for (const number of expelled) {
    const place = rows.find(number)!;
    quarantine(place.arena.kernel, place.arena.control, place.row);
  }
}

async function copySlices(live: LiveIndex, next: Parts, after: number, signal: AbortSignal): Promise<void> {
  const most = Math.ceil(SLICE_COMPONENTS / live.config.dimension);
  let slice: { arena: Arena; row: number }[] = [];
  for (const place of rowsBehind(live.index, after)) {
    slice.push(place);
    if (slice.length < most) continue;
    copyRows(live, next, slice);
    slice = [];
    await breathe();
    signal.throwIfAborted();
  }
  copyRows(live, next, slice);
}

/** Rows that the old index has and the new one has not. */
function behind(live: LiveIndex, next: HnswIndex): number {
  let count = 0;
  for (const _ of rowsBehind(live.index, lastRow(next))) count++;
  return count;
}

/** Makes a new index without the masked rows, and puts it in place of the old one. */
export async function compactIndex(
  live: LiveIndex,
  queue: WriteQueue,
  builds: { hold(): Promise<() => void> },
  signal: AbortSignal,
): Promise<CompactReport> {
  if (live.poison) throw live.poison;
  const began = performance.now();
  const before = { rows: slotsIn(live.index), bytes: live.index.memoryBytes };
  const parts = live.newParts();
  const next = parts.index;
  live.prepareSuccessor(parts);
  try {
    for (let round = 0; round < ROUNDS; round++) {
      await copySlices(live, parts, lastRow(next), signal);
      await next._internals().build.start(live.config.indexing.segmentCount, { signal });
      signal.throwIfAborted();
      if (behind(live, next) <= LEFT_ROWS) break;
    }
    const free = await builds.hold(); // a build of the old index goes on with the new one
    try {
      const old = await queue.exclusive(() => {
        signal.throwIfAborted();
        copyRows(live, parts, rowsBehind(live.index, lastRow(next)));
        return live.replace();
      });
      crashAt('compacted');
      old.payloadIndexes.dispose();
      await old.index.close();
    } finally {
      free();
    }
    return {
      rows: next.size,
      freedRows: before.rows - slotsIn(next),
      freedBytes: before.bytes - next.memoryBytes,
      seconds: (performance.now() - began) / 1000,
    };
  } catch (error) {
    live.prepareSuccessor(undefined);
    parts.payloadIndexes.dispose();
    await next.close();
    throw error;
  }
}
