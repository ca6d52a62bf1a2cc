/*
 * Snapshot files: sealed files (platform/sealed-file.ts) whose body has, of each arena,
 *
 *   row states | origin of the codes | blocks
 *
 * Of the last block, each section is cut behind its last row: a small collection is a small file.
 *
 * Row states are copied at once, when `save` is called: they are what the snapshot is a snapshot of. Vectors and
 * ids never change; links may change while the file is written, but the lists of a row whose state says linked
 * are complete already, and links to rows that came later are dropped on loading.
 */
import { SiltError } from '../base/errors.js';
import type { Geometry } from '../kernel/geometry.js';
import type { Platform } from '../platform/platform.js';
import { readSealed, type SealedFile, type SealedKind, writeSealed } from '../platform/sealed-file.js';
import type { Arena } from './arena.js';
import { reconnect } from './build/connectivity.js';
import type { ResolvedOptions } from './options.js';
import { slotsOf } from './slots.js';
import {
  type ArenaHeader,
  type Contents,
  contentsOf,
  fits,
  headerOf,
  OLDEST_VERSION,
} from './snapshot-header.js';

/** Raised whenever the header, a section or the meaning of a stored byte changes. */
export const SNAPSHOT_VERSION = 4;

const SNAPSHOT: SealedKind = {
  magic: 'SILTHNSW',
  name: 'snapshot',
  version: SNAPSHOT_VERSION,
  oldest: OLDEST_VERSION,
  headerMax: 1 << 20,
};

/** Bytes copied, or read, at a time. */
const CHUNK = 1 << 20;

interface Frozen {
  readonly arena: Arena;
  readonly header: ArenaHeader;
  readonly states: Uint8Array;
  readonly origin: Uint8Array;
}

function freeze(arena: Arena): Frozen {
  const { blockRows, blockBytes, codeKind } = arena.geometry;
  // The entry point before the states: what it was is linked by the time the states are read.
  const { entryRow, rows } = arena;
  const origin = arena.codes.copyOrigin();
  const header = { rows, entryRow, blockRows, blockBytes, codeKind, origin: origin.length > 0 };
  return { arena, header, states: arena.copyStates(), origin };
}

interface Piece {
  readonly at: number;
  readonly bytes: number;
}

/** Where the blocks of `rows` rows lie, from the first block on: whole ones, and of the last what rows take up. */
function* piecesOf(geometry: Geometry, rows: number): Generator<Piece> {
  const { blockRows, blockBytes, sections } = geometry;
  const whole = Math.floor(rows / blockRows);
  const left = rows - whole * blockRows;
  for (let block = 0; block < whole; block++) yield* chunked(block * blockBytes, blockBytes);
  if (left === 0) return;
  // The slots of upper levels are handed out in no order of rows: that section is whole.
  for (const { at, bytes, perRow } of sections)
    yield* chunked(whole * blockBytes + at, perRow === 0 ? bytes : left * perRow);
}

function* chunked(at: number, bytes: number): Generator<Piece> {
  for (let done = 0; done < bytes; done += CHUNK)
    yield { at: at + done, bytes: Math.min(CHUNK, bytes - done) };
}

function blocksBytes(geometry: Geometry, rows: number): number {
  const { blockRows, blockBytes, sections } = geometry;
  const left = rows % blockRows;
  const partial = sections.reduce(
    (sum, { bytes, perRow }) => sum + (perRow === 0 ? bytes : left * perRow),
    0,
  );
  return Math.floor(rows / blockRows) * blockBytes + (left === 0 ? 0 : partial);
}

const originBytes = (geometry: Geometry, { origin }: ArenaHeader): number =>
  origin ? geometry.originBytes : 0;

function bodyBytes(geometry: Geometry, own: ArenaHeader): number {
  return own.rows + originBytes(geometry, own) + blocksBytes(geometry, own.rows);
}

/** Blocks are copied piece by piece. */
function* body(frozen: readonly Frozen[]): Generator<Uint8Array> {
  for (const { arena, header, states, origin } of frozen) {
    yield states;
    yield origin;
    for (const { at, bytes } of piecesOf(arena.geometry, header.rows)) yield arena.copyBlocks(at, bytes);
  }
}

/**
 * Writes a snapshot of the arenas as they are at the call; returns the bytes of its body. `signal` gives it up: the file
 * that was there before stays.
 */
export async function writeSnapshot(
  platform: Platform,
  path: string,
  options: ResolvedOptions,
  arenas: readonly Arena[],
  { tag, signal }: { tag?: unknown; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const frozen = arenas.filter(({ rows }) => rows > 0).map(freeze);
  const header = headerOf({ options, arenas: frozen.map((one) => one.header), tag });
  await writeSealed(platform, path, SNAPSHOT, header, body(frozen), signal);
  return frozen.reduce((sum, one) => sum + bodyBytes(one.arena.geometry, one.header), 0);
}

function contentsIn(file: SealedFile, platform: Platform): Contents {
  try {
    return contentsOf(file.header, file.version, platform.pool.parallelism);
  } catch (cause) {
    throw file.fail('has an unreadable header', cause);
  }
}

/** An arena by the header's options, which may be such that there can be none. */
function begun(file: SealedFile, own: ArenaHeader, begin: () => Arena): Arena {
  let arena: Arena;
  try {
    arena = begin();
  } catch (cause) {
    if (cause instanceof SiltError && cause.code === 'OUT_OF_MEMORY') throw cause; // the file is as it should be
    throw file.fail('describes an arena that cannot be allocated', cause);
  }
  if (!fits(arena.geometry, own)) throw file.fail('has blocks of another size');
  // Before memory is taken for rows that are not there.
  if (bodyBytes(arena.geometry, own) > file.left) throw file.fail('is cut short');
  return arena;
}

/**
 * Reads a snapshot into arenas that `begin` makes, one call each, with room for the rows that each had: how many
 * threads a machine has, and what room that leaves, is no property of the file. Returns its tag.
 *
 * @throws SnapshotError if the file is not a snapshot, is cut short, was altered or is of another version
 */
export async function readSnapshot(
  platform: Platform,
  path: string,
  prepare: (options: ResolvedOptions, tag: unknown) => void,
  begin: (restored: { rows: number; base: number }) => Arena,
): Promise<unknown> {
  const restored: { arena: Arena; own: ArenaHeader; states: Uint8Array }[] = [];
  const tag = await readSealed(platform.files, path, SNAPSHOT, async (file) => {
    const contents = contentsIn(file, platform);
    prepare(contents.options, contents.tag);
    const full = contents.arenas.filter(({ rows }) => rows > 0);
    for (const [i, own] of full.entries()) {
      const base = slotsOf(full.slice(0, i));
      const arena = begun(file, own, () => begin({ rows: own.rows, base }));
      const states = await file.take(own.rows);
      arena.codes.pasteOrigin(await file.take(originBytes(arena.geometry, own)));
      arena.reserve(own.rows);
      for (const { at, bytes } of piecesOf(arena.geometry, own.rows))
        arena.pasteBlocks(at, await file.take(bytes));
      restored.push({ arena, own, states });
    }
    return contents.tag;
  });
  for (const { arena, own, states } of restored) {
    arena.restore(own.rows, own.entryRow, states);
    reconnect(arena.kernel, arena.scratch, 1);
  }
  return tag;
}
