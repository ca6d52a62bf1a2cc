/* What a payload index is: the values at one path of all rows, kept so that tests of them are answered in bulk. */
import type { IndexKind } from '../../api/upkeep.js';
import type { Test } from '../condition.js';
import type { BlockReader, BlockWriter } from './blocks.js';
import type { Presence } from './presence.js';

export const INDEX_KINDS = [
  'keyword',
  'integer',
  'float',
  'bool',
  'datetime',
  'text',
  'geo',
  'uuid',
] as const;

export type { IndexKind };

/**
 * What an index tells of a test: exactly which rows pass; candidates, of which the payload decides, and no other row
 * passes; or nothing, and it has added no row.
 */
export type Told = 'exact' | 'candidates' | 'nothing';

export interface ValueIndex {
  readonly kind: IndexKind;
  /** Takes in the raw values at the path of the next row; `slot` ascends. A row left out is one without values. */
  add(slot: number, values: readonly unknown[]): void;
  /** Adds the rows that pass `test`, or may, to `words`, which cover slots below `rows`. */
  mark(test: Test, words: Uint32Array, rows: number): Told;
  /** How many entries it holds, for information. */
  readonly entries: number;
  /**
   * Its contents, in blocks of at most 1 MiB. Rows may be added while blocks are taken: what is in them of rows
   * that were not there when the first was taken is not complete, and left out by `load` with that count.
   */
  dump(): Iterable<Uint8Array>;
  /**
   * Takes up the contents of a dump into an index that is new; slots from `rows` on are left out. One that threw
   * is good for nothing but `dispose`.
   *
   * @throws SnapshotError for malformed blocks
   */
  load(blocks: Iterable<Uint8Array>, rows: number): void;
  /** Frees its memory. It must not be used any more. */
  dispose(): void;
}

/** The part of an index that differs from kind to kind: what it keeps of the elements of the values. */
export interface Contents {
  readonly entries: number;
  add(slot: number, elements: readonly unknown[]): void;
  /** As of ValueIndex; `presence` is of the same rows. */
  mark(test: Test, words: Uint32Array, rows: number, presence: Presence): Told;
  /** Writes all of it; yields the blocks that are full meanwhile. */
  dump(out: BlockWriter): Iterable<Uint8Array>;
  load(from: BlockReader, rows: number): void;
  dispose(): void;
}
