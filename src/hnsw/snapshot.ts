/*
 * Snapshot files. Layout, little-endian:
 *
 *   magic "SILTHNSW" | version u32 | header bytes u32 | header (JSON) | per arena: row states, origin, blocks | CRC-32
 *
 * Of the last block, each section is cut behind its last row: a small collection is a small file.
 *
 * Row states are copied at once, when `save` is called: they are what the snapshot is a snapshot of. Vectors and
 * ids never change; links may change while the file is written, but the lists of a row whose state says linked
 * are complete already, and links to rows that came later are dropped on loading.
 */
import { SiltError, SnapshotError } from '../base/errors.js';
import type { Geometry } from '../kernel/geometry.js';
import { type Files, type Reader, withReader, writeAtomically } from '../platform/files.js';
import type { Platform } from '../platform/platform.js';
import type { Arena } from './arena.js';
import { reconnect } from './build/connectivity.js';
import { type ResolvedOptions, resolveOptions } from './options.js';
import { slotsOf } from './slots.js';

const MAGIC = new TextEncoder().encode('SILTHNSW');
/** Raised whenever the header, a section or the meaning of a stored byte changes. */
export const SNAPSHOT_VERSION = 3;
/** The oldest that is read: of version 2, headers say the level of the entry point as well. */
const OLDEST_VERSION = 2;
const PREFIX = 16;
const TRAILER = 4;
const HEADER_MAX = 1 << 20;
const CHUNK = 1 << 20;

interface ArenaHeader {
  readonly rows: number;
  readonly entryRow: number;
  readonly blockRows: number;
  readonly blockBytes: number;
  readonly codeKind: number;
  /** Bytes of the origin of the codes, 0 while it is not set. */
  readonly originBytes: number;
  /** Bytes of the blocks: whole ones, and of the last what its rows take up. */
  readonly blocksBytes: number;
}

interface Header {
  readonly options: ResolvedOptions;
  readonly arenas: readonly ArenaHeader[];
  readonly bodyBytes: number;
  /** Whatever the writer wants to find again: what the snapshot is a snapshot of. */
  readonly tag?: unknown;
}

interface Frozen {
  readonly arena: Arena;
  readonly header: ArenaHeader;
  readonly states: Uint8Array;
  readonly origin: Uint8Array;
}

function freeze(arena: Arena): Frozen {
  const { blockRows, blockBytes, codeKind } = arena.geometry;
  // The entry point before the states: what it was is linked by the time the states are read.
  const { entryRow } = arena;
  const origin = arena.codes.copyOrigin();
  const originBytes = origin.length;
  const bytes = blocksBytes(arena.geometry, arena.rows);
  const shape = { blockRows, blockBytes, codeKind, originBytes, blocksBytes: bytes };
  const header = { rows: arena.rows, entryRow, ...shape };
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

function bodyBytes(header: ArenaHeader): number {
  return header.rows + header.originBytes + header.blocksBytes;
}

/** Whether a header that was read, options apart, is one that `prefix` writes. */
function wellFormed({ arenas, bodyBytes: total }: Header): boolean {
  const whole = (n: unknown, from: number, below: number): boolean =>
    Number.isSafeInteger(n) && (n as number) >= from && (n as number) < below;
  return (
    Array.isArray(arenas) &&
    arenas.every(
      (own: ArenaHeader | null) =>
        own !== null &&
        whole(own.rows, 0, 2 ** 32) &&
        whole(own.blockRows, 1, 2 ** 32) &&
        whole(own.blockBytes, 1, 2 ** 32) &&
        whole(own.blocksBytes, 0, 2 ** 33) &&
        whole(own.originBytes, 0, 2 ** 32) &&
        whole(own.entryRow, -1, Math.max(own.rows, 1)),
    ) &&
    total === arenas.reduce((sum, own) => sum + bodyBytes(own), 0)
  );
}

function prefix(header: Header): Uint8Array {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const bytes = new Uint8Array(PREFIX + json.length);
  bytes.set(MAGIC);
  const view = new DataView(bytes.buffer);
  view.setUint32(8, SNAPSHOT_VERSION, true);
  view.setUint32(12, json.length, true);
  bytes.set(json, PREFIX);
  return bytes;
}

/** Chunks of the file. Blocks are copied chunk by chunk, so that the checksum is of the bytes written. */
function* chunks(files: Files, header: Header, frozen: readonly Frozen[]): Generator<Uint8Array> {
  let crc = 0;
  const sealed = (bytes: Uint8Array): Uint8Array => {
    crc = files.checksum(bytes, crc);
    return bytes;
  };
  yield sealed(prefix(header));
  for (const { arena, header: own, states, origin } of frozen) {
    yield sealed(states);
    yield sealed(origin);
    for (const { at, bytes } of piecesOf(arena.geometry, own.rows)) yield sealed(arena.copyBlocks(at, bytes));
  }
  const end = new Uint8Array(TRAILER);
  new DataView(end.buffer).setUint32(0, crc, true);
  yield end;
}

/**
 * Writes a snapshot of the arenas as they are at the call; returns its bytes. `signal` gives it up: the file that
 * was there before stays.
 */
export async function writeSnapshot(
  platform: Platform,
  path: string,
  options: ResolvedOptions,
  arenas: readonly Arena[],
  { tag, signal }: { tag?: unknown; signal?: AbortSignal | undefined } = {},
): Promise<number> {
  const frozen = arenas.filter(({ rows }) => rows > 0).map(freeze);
  const headers = frozen.map((f) => f.header);
  const total = headers.reduce((sum, h) => sum + bodyBytes(h), 0);
  const header = { options, arenas: headers, bodyBytes: total, ...(tag !== undefined && { tag }) };
  await writeAtomically(platform, path, chunks(platform.files, header, frozen), signal);
  return total;
}

/** Reads exactly what it is asked for and keeps the checksum; anything less is a SnapshotError. */
class Checked {
  crc = 0;
  readonly #platform: Platform;
  readonly #reader: Reader;
  readonly #path: string;

  constructor(platform: Platform, reader: Reader, path: string) {
    this.#platform = platform;
    this.#reader = reader;
    this.#path = path;
  }

  fail(what: string, cause?: unknown): SnapshotError {
    return new SnapshotError(`${this.#path}: ${what}`, cause === undefined ? {} : { cause });
  }

  async take(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    const into = new Uint8Array(bytes);
    if ((await this.#reader.read(into)) < bytes) throw this.fail('is cut short');
    this.crc = this.#platform.files.checksum(into, this.crc);
    return into;
  }

  async header(): Promise<Header> {
    const start = await this.take(PREFIX);
    if (!MAGIC.every((byte, i) => start[i] === byte)) throw this.fail('is no snapshot');
    const view = new DataView(start.buffer);
    const version = view.getUint32(8, true);
    if (version < OLDEST_VERSION || version > SNAPSHOT_VERSION)
      throw this.fail(
        `has format version ${version}, this release reads ${OLDEST_VERSION} to ${SNAPSHOT_VERSION}`,
      );
    const length = view.getUint32(12, true);
    if (length > HEADER_MAX) throw this.fail(`has a header of ${length} bytes`);
    const json = await this.take(length);
    let header: Header;
    try {
      header = JSON.parse(new TextDecoder().decode(json)) as Header;
      header = { ...header, options: resolveOptions(header.options, this.#platform.pool.parallelism) };
    } catch (cause) {
      throw this.fail('has an unreadable header', cause);
    }
    if (!wellFormed(header)) throw this.fail('has an unreadable header');
    if (this.#reader.bytes !== PREFIX + length + header.bodyBytes + TRAILER)
      throw this.fail('has the wrong length');
    return header;
  }

  /** An arena by the header's options, which may be such that there can be none. */
  begin(begin: () => Arena): Arena {
    try {
      return begin();
    } catch (cause) {
      if (cause instanceof SiltError && cause.code === 'OUT_OF_MEMORY') throw cause; // the file is as it should be
      throw this.fail('asks for an arena that cannot be made', cause);
    }
  }

  async end(): Promise<void> {
    const { crc } = this;
    const stored = await this.take(TRAILER);
    if (new DataView(stored.buffer).getUint32(0, true) !== crc)
      throw this.fail('was altered: its checksum differs');
  }
}

function sameShape(arena: Arena, header: ArenaHeader): boolean {
  const { blockRows, blockBytes, codeKind } = arena.geometry;
  return (
    blockRows === header.blockRows &&
    blockBytes === header.blockBytes &&
    codeKind === header.codeKind &&
    (header.originBytes === 0 || header.originBytes === 4 * arena.dimension) &&
    header.rows <= arena.capacity &&
    header.blocksBytes === blocksBytes(arena.geometry, header.rows)
  );
}

/**
 * Reads a snapshot into arenas that `begin` makes, one call each, with room for the rows that each had: how many
 * threads a machine has, and what room that leaves, is no property of the file. Returns its tag.
 *
 * @throws SnapshotError where the file is no snapshot, is cut short, was altered or is of another version
 */
export async function readSnapshot(
  platform: Platform,
  path: string,
  prepare: (options: ResolvedOptions, tag: unknown) => void,
  begin: (restored: { rows: number; base: number }) => Arena,
): Promise<unknown> {
  return withReader(platform.files, path, async (reader) => {
    const file = new Checked(platform, reader, path);
    const header = await file.header();
    prepare(header.options, header.tag);
    const restored: { arena: Arena; own: ArenaHeader; states: Uint8Array }[] = [];
    const full = header.arenas.filter(({ rows }) => rows > 0);
    for (const [i, own] of full.entries()) {
      const base = slotsOf(full.slice(0, i));
      const arena = file.begin(() => begin({ rows: own.rows, base }));
      if (!sameShape(arena, own)) throw file.fail('holds blocks of another shape');
      const states = await file.take(own.rows);
      arena.codes.pasteOrigin(await file.take(own.originBytes));
      arena.reserve(own.rows);
      for (const { at, bytes } of piecesOf(arena.geometry, own.rows))
        arena.pasteBlocks(at, await file.take(bytes));
      restored.push({ arena, own, states });
    }
    await file.end();
    for (const { arena, own, states } of restored) {
      arena.restore(own.rows, own.entryRow, states);
      reconnect(arena.kernel, arena.scratch, 1);
    }
    return header.tag;
  });
}
