/*
 * Vectors of a store, read by a thread that has no LMDB: from pages of the file (pages.ts), in the state that the thread
 * with the store shows (shown.ts). LMDB writes pages before it shows the state that has them, and through the same cache of
 * the system that is read here; it never changes a page that the shown state has.
 *
 * A second environment of LMDB would need a place in the table of readers, would have to be closed before the one it shares
 * its memory with, and the package ends the process if its thread is ended while it opens one. What is read here cannot
 * harm anybody: pages that make no sense, or rows whose checksums do not match, count as not found.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { crc32c } from '../crc32c.js';
import { RowCodec } from '../row.js';
import type { VectorReader } from '../vector-reader.js';
import { COLLECTION_BYTES } from './keys.js';
import {
  BIG_VALUE,
  BRANCH,
  DEPTH_MAX,
  LEAF,
  MAGIC,
  META_BYTES,
  NODE_HEADER,
  OVERFLOW,
  PAGE_HEADER,
  TREES,
  VERSION,
} from './pages.js';
import { Shown } from './shown.js';

export interface RowFileInput {
  readonly path: string;
  /** By which the system knows the file: see `identityOf`. */
  readonly file: string;
  readonly collection: number;
  readonly shown: SharedArrayBuffer;
}

/** States that are tried for one row: each is left when something is committed. */
const TRIES = 8;
/** Pages with so many nodes lead to many rows, and are kept as long as the state is the same: 4 MB of 4 KB. */
const KEPT_NODES = 24;
const KEPT_PAGES = 1_024;
const VALUE_BYTES_MAX = 1 << 26;
/** Collection and row. */
const KEY_BYTES = 12;

/** The pages make no sense: they were used again meanwhile, or are damaged. */
class Unreadable extends Error {}

function get16(page: Uint8Array, at: number): number {
  return page[at]! | (page[at + 1]! << 8);
}

function get32(page: Uint8Array, at: number): number {
  return (get16(page, at) | (get16(page, at + 2) << 16)) >>> 0;
}

/** Page numbers have 48 bits. */
function getPage(page: Uint8Array, at: number): number {
  return get32(page, at) + 2 ** 32 * get16(page, at + 4);
}

class RowFile implements VectorReader {
  readonly #file: number;
  readonly #collection: number;
  readonly #shown: Shown;
  readonly #codec = new RowCodec(crc32c);
  readonly #pageBytes: number;
  /** Those of the state `#state` that are kept. */
  readonly #pages = new Map<number, Uint8Array>();
  #state: number | undefined;
  #page: Uint8Array;
  #value = new Uint8Array(0);

  constructor(file: number, { collection, shown }: RowFileInput) {
    this.#file = file;
    this.#collection = collection;
    this.#shown = new Shown(shown);
    const meta = this.#read(new Uint8Array(META_BYTES), 0);
    if (get32(meta, PAGE_HEADER) !== MAGIC || get16(meta, PAGE_HEADER + 4) !== VERSION)
      throw new Unreadable();
    this.#pageBytes = get32(meta, TREES[0]!);
    this.#page = new Uint8Array(this.#pageBytes);
  }

  read(row: number, into: Float32Array): boolean {
    for (let tries = 0; tries < TRIES; tries++) {
      const { state } = this.#shown;
      if (state === undefined) return false;
      if (state !== this.#state) this.#pages.clear();
      this.#state = state;
      const found = this.#copy(row, into);
      if (this.#shown.isStill(state)) return found;
    }
    return false;
  }

  close(): void {
    closeSync(this.#file);
  }

  #copy(row: number, into: Float32Array): boolean {
    try {
      const value = this.#valueOf(row);
      const vector = value && this.#codec.vector(value, this.#collection, row);
      if (vector?.length !== into.byteLength) return false;
      new Uint8Array(into.buffer, into.byteOffset, into.byteLength).set(vector);
      return true;
    } catch {
      return false; // a page, or the row, is not whole
    }
  }

  /** The value of a row, valid until the next one is read. */
  #valueOf(row: number): Uint8Array | undefined {
    let number = this.#shown.root;
    for (let depth = 0; number !== undefined && depth < DEPTH_MAX; depth++) {
      const page = this.#pageOf(number);
      const flags = get16(page, 18);
      if ((flags & LEAF) !== 0) return this.#inLeaf(page, row);
      if ((flags & BRANCH) === 0) throw new Unreadable();
      const node = this.#nodeAt(page, this.#lastUpTo(page, row, 1));
      number = getPage(page, node);
    }
    return undefined;
  }

  #pageOf(number: number): Uint8Array {
    const kept = this.#pages.get(number);
    if (kept) return kept;
    const page = this.#read(this.#page, number * this.#pageBytes);
    if (getPage(page, 0) !== number) throw new Unreadable();
    if (get16(page, 20) / 2 < KEPT_NODES || this.#pages.size >= KEPT_PAGES) return page;
    this.#pages.set(number, page);
    this.#page = new Uint8Array(this.#pageBytes);
    return page;
  }

  #read(into: Uint8Array, at: number): Uint8Array {
    if (readSync(this.#file, into, 0, into.length, at) !== into.length) throw new Unreadable();
    return into;
  }

  /** Where a node begins. */
  #nodeAt(page: Uint8Array, index: number): number {
    const node = PAGE_HEADER + get16(page, PAGE_HEADER + 2 * index);
    if (node + NODE_HEADER > page.length) throw new Unreadable();
    return node;
  }

  /** The last node whose key is not behind that of a row, of those from `first` on; the one before that if there is none. */
  #lastUpTo(page: Uint8Array, row: number, first: number): number {
    let low = first;
    let high = get16(page, 20) / 2;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(page, this.#nodeAt(page, middle), row) <= 0) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  /** How the key of a node stands to that of a row: below 0, 0, above 0. */
  #compare(page: Uint8Array, node: number, row: number): number {
    const key = node + NODE_HEADER;
    if (get16(page, node + 6) !== KEY_BYTES || key + KEY_BYTES > page.length) throw new Unreadable();
    return big32(page, key) - this.#collection || rowAt(page, key + COLLECTION_BYTES) - row;
  }

  #inLeaf(page: Uint8Array, row: number): Uint8Array | undefined {
    const index = this.#lastUpTo(page, row, 0);
    if (index < 0) return undefined;
    const node = this.#nodeAt(page, index);
    if (this.#compare(page, node, row) !== 0) return undefined;
    const bytes = get32(page, node);
    const at = node + NODE_HEADER + KEY_BYTES;
    if ((get16(page, node + 4) & BIG_VALUE) !== 0) return this.#bigValue(getPage(page, at), bytes);
    if (at + bytes > page.length) throw new Unreadable();
    return new Uint8Array(page.buffer, at, bytes);
  }

  /** A value that has pages of its own. */
  #bigValue(number: number, bytes: number): Uint8Array {
    if (bytes > VALUE_BYTES_MAX) throw new Unreadable();
    const length = PAGE_HEADER + bytes;
    if (this.#value.length !== length) this.#value = new Uint8Array(length);
    const value = this.#read(this.#value, number * this.#pageBytes);
    if (getPage(value, 0) !== number || (get16(value, 18) & OVERFLOW) === 0) throw new Unreadable();
    return new Uint8Array(value.buffer, PAGE_HEADER, bytes);
  }
}

function big32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

function rowAt(bytes: Uint8Array, at: number): number {
  return big32(bytes, at) * 2 ** 32 + big32(bytes, at + 4);
}

/** @throws Error where the file cannot be read, or is another one by now */
export function openReader(input: unknown): VectorReader {
  const given = input as RowFileInput;
  const file = openSync(given.path, 'r');
  try {
    if (identityOf(fstatSync(file, { bigint: true })) !== given.file) throw new Unreadable();
    return new RowFile(file, given);
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** By which the system knows a file: its device, and its number there. */
export function identityOf({ dev, ino }: { readonly dev: bigint; readonly ino: bigint }): string {
  return `${dev}:${ino}`;
}
