/*
 * Sealed files: what the file is, a header, a body in pieces, and a checksum of all that. Little-endian:
 *
 *   magic (8 ASCII characters) | version u32 | header bytes u32 | header (JSON) | body | CRC-32
 *
 * A body is read before its checksum is known: what was read may be believed once `readSealed` has resolved.
 */
import { SnapshotError } from '../base/errors.js';
import { type Files, type FileWriting, type Reader, withReader, writeAtomically } from './files.js';

/** What a file is. */
export interface SealedKind {
  readonly magic: string;
  /** What errors call it. */
  readonly name: string;
  /** The version that is written, and the oldest that is read. */
  readonly version: number;
  readonly oldest: number;
  /** Most bytes of a header. */
  readonly headerMax: number;
}

const PREFIX = 16;
const TRAILER = 4;
/** What is read at once, where less is asked for: each read costs a hop to another thread. */
const AHEAD = 1 << 18;

/** Unsigned words of 32 bits, as bytes. */
export function words(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}

export function wordAt(bytes: Uint8Array, at: number): number {
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);
}

/** Pieces are asked for one by one, as they are written: the checksum is of the bytes that the file got. */
function* sealed(
  files: Files,
  { magic, version }: SealedKind,
  header: unknown,
  body: Iterable<Uint8Array>,
): Generator<Uint8Array> {
  const json = new TextEncoder().encode(JSON.stringify(header));
  const prefix = new Uint8Array(PREFIX + json.length);
  prefix.set(new TextEncoder().encode(magic));
  prefix.set(words(version, json.length), 8);
  prefix.set(json, PREFIX);
  let crc = files.checksum(prefix, 0);
  yield prefix;
  for (const piece of body) {
    crc = files.checksum(piece, crc);
    yield piece;
  }
  yield words(crc);
}

/** Writes a file, whole or not at all. `signal` gives it up: the one that was there before stays. */
export function writeSealed(
  platform: FileWriting,
  path: string,
  kind: SealedKind,
  header: unknown,
  body: Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  return writeAtomically(platform, path, sealed(platform.files, kind, header, body), signal);
}

/** A sealed file that is being read. Whatever is not as it should be is a SnapshotError that names the file. */
export class SealedFile {
  readonly #files: Files;
  readonly #reader: Reader;
  readonly #path: string;
  #crc = 0;
  /** Where what is not asked for yet is read to, again and again: fresh memory each time makes the engine collect garbage. */
  readonly #buffer: Uint8Array;
  #ahead: Uint8Array;
  /** Bytes of the file that were not read. */
  #unread: number;
  /** Bytes of the body that were not read yet. */
  left = 0;
  version = 0;
  header: unknown;

  constructor(files: Files, reader: Reader, path: string) {
    this.#files = files;
    this.#reader = reader;
    this.#path = path;
    this.#unread = reader.bytes;
    this.#buffer = new Uint8Array(Math.min(AHEAD, reader.bytes));
    this.#ahead = this.#buffer.subarray(0, 0);
  }

  fail(what: string, cause?: unknown): SnapshotError {
    return new SnapshotError(`${this.#path}: ${what}`, cause === undefined ? {} : { cause });
  }

  async begin(kind: SealedKind): Promise<void> {
    this.left = this.#reader.bytes;
    const start = await this.take(PREFIX);
    if (new TextDecoder('latin1').decode(start.subarray(0, 8)) !== kind.magic)
      throw this.fail(`is not a ${kind.name}`);
    this.version = wordAt(start, 8);
    if (this.version < kind.oldest || this.version > kind.version) {
      const readable = kind.oldest === kind.version ? kind.version : `${kind.oldest} to ${kind.version}`;
      throw this.fail(`has format version ${this.version}, this release reads ${readable}`);
    }
    const length = wordAt(start, 12);
    if (length > kind.headerMax) throw this.fail(`has a header of ${length} bytes`);
    const json = await this.take(length);
    try {
      this.header = JSON.parse(new TextDecoder().decode(json));
    } catch (cause) {
      throw this.fail('has an unreadable header', cause);
    }
    if (this.left < TRAILER) throw this.fail('is cut short');
    this.left -= TRAILER;
  }

  /** The next bytes of the body. */
  async take(bytes: number): Promise<Uint8Array<ArrayBuffer>> {
    if (bytes > this.left) throw this.fail('is cut short');
    const into = new Uint8Array(bytes);
    const known = Math.min(bytes, this.#ahead.length);
    if (known > 0) this.#use(into, 0, known);
    if (bytes - known >= AHEAD) await this.#fill(into.subarray(known));
    else if (known < bytes) {
      this.#ahead = this.#buffer.subarray(0, this.#unread);
      await this.#fill(this.#ahead);
      this.#use(into, known, bytes - known);
    }
    this.left -= bytes;
    this.#crc = this.#files.checksum(into, this.#crc);
    return into;
  }

  /** Copies what was read ahead. */
  #use(into: Uint8Array, at: number, count: number): void {
    into.set(this.#ahead.subarray(0, count), at);
    this.#ahead = this.#ahead.subarray(count);
  }

  async #fill(into: Uint8Array): Promise<void> {
    this.#unread -= into.length;
    if ((await this.#reader.read(into)) < into.length) throw this.fail('is cut short');
  }

  async end(): Promise<void> {
    if (this.left > 0) throw this.fail('is longer than its header says');
    this.left = TRAILER;
    const crc = this.#crc;
    if (wordAt(await this.take(TRAILER), 0) !== crc) throw this.fail('was altered: its checksum differs');
  }
}

/**
 * Reads a file: `use` takes the body, to its end.
 *
 * @throws SnapshotError where it is not of this kind, is cut short, was altered or is of another version
 */
export function readSealed<T>(
  files: Files,
  path: string,
  kind: SealedKind,
  use: (file: SealedFile) => Promise<T>,
): Promise<T> {
  return withReader(files, path, async (reader) => {
    const file = new SealedFile(files, reader, path);
    await file.begin(kind);
    const used = await use(file);
    await file.end();
    return used;
  });
}
