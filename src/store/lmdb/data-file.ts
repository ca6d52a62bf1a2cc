/*
 * Is `data.mdb` a file that LMDB can open? LMDB maps what it is given and believes it: a file of other things, or one
 * that is cut short, ends the process by a signal. So its two meta pages, the roots that they name and its length are
 * read and checked first: a few hundred bytes, whatever the size of the file.
 *
 * Who holds the lock of the folder has the file for itself, and mends it. Where no lock can be had (`lock.ts`),
 * another process may be writing it: then it is only read, and again for a while if what was read makes no sense.
 *
 * What is in pages, as the lmdb package writes it (numbers in the order of the machine, which is little-endian
 * wherever the package has a build):
 *
 *   page  number u64, transaction u64, pad u16, flags u16, lower u16, upper u16 (or the number of overflow pages, u32),
 *         then a u16 for each node: where it begins, counted from the end of this header
 *   node  size or child u16 u16, flags u16 (part of the child, in branches), length of the key u16, key, value
 *   meta  behind the header: magic u32, version u32, address u64, size of the map u64, two trees, last page u64,
 *         transaction u64
 *   tree  page size or pad u32, flags u16, depth u16, five counts u64, root u64
 */
import { type BigIntStats, closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseLockedError, SiltError } from '../../base/errors.js';
import { systemCode } from './directory.js';

const PAGE_HEADER = 24;
const META_BYTES = PAGE_HEADER + 136;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
const NO_ROOT = 0xffff_ffff_ffff_ffffn;
const PAGE_BYTES_MIN = 512;
const PAGE_BYTES_MAX = 65_536;
/** No transactions leave so many pages behind that were never written: a terabyte, that LMDB would have to map. */
const UNWRITTEN_MAX = 2 ** 28;
/** How often a file is read that may be written meanwhile, and how long after one another. */
const READINGS = 5;
const PAUSE_MS = 20;
/** The smallest keys are empty: no tree is deeper. */
const DEPTH_MAX = 32;

// Flags of pages, and of nodes.
const BRANCH = 1;
const LEAF = 2;
const OVERFLOW = 4;
const META = 8;
const BIG_VALUE = 1;
const SUBTREE = 2;

/** Where the trees are in a meta page: of free pages, and of the tables. */
const TREES = [48, 96];
const ROOT_IN_TREE = 40;

/** Pages of LMDB are as long as those of the system. */
const SYSTEM_PAGE_BYTES = [4_096, 16_384, 65_536];

interface Meta {
  readonly pageBytes: number;
  readonly lastPage: number;
  readonly transaction: bigint;
  readonly roots: readonly bigint[];
}

function isBlank({ buffer }: DataView): boolean {
  return new Uint8Array(buffer).every((byte) => byte === 0);
}

class DataFile {
  readonly #path: string;
  readonly #file: number;
  /** This process has the file for itself, and may change it. */
  readonly #own: boolean;

  constructor(path: string, file: number, own: boolean) {
    this.#path = path;
    this.#file = file;
    this.#own = own;
  }

  /** As it is now. LMDB makes the file longer before it writes a description that needs it, and never shorter. */
  get #bytes(): number {
    return fstatSync(this.#file).size;
  }

  fail(found: string): never {
    throw new SiltError(
      'DATABASE_INVALID',
      `${this.#path} is not a store file that can be opened: ${found}. Restore it from a backup (the folder "snapshots" is a cache, and cannot replace it); to start again with an empty database, move the folder away`,
    );
  }

  read(from: number, bytes: number): DataView {
    const into = new Uint8Array(bytes);
    const done = readSync(this.#file, into, 0, bytes, from);
    if (done < bytes) this.fail(`it is cut short: it ends at byte ${from + done}`);
    return new DataView(into.buffer);
  }

  /** @throws SiltError DATABASE_INVALID */
  meta(index: number, at: number): Meta {
    const page = this.read(at, META_BYTES);
    const u32 = (offset: number): number => page.getUint32(offset, true);
    const u64 = (offset: number): bigint => page.getBigUint64(offset, true);
    const where = `page ${index}, which should describe it,`;
    if (u32(PAGE_HEADER) !== MAGIC || (page.getUint16(18, true) & META) === 0) {
      this.fail(isBlank(page) ? `${where} is all zeros` : `${where} is not one of LMDB`);
    }
    const version = u32(PAGE_HEADER + 4) & 0xffff;
    if (version !== VERSION)
      this.fail(`it is of version ${version} of LMDB's format, and this release reads ${VERSION}`);
    const pageBytes = u32(TREES[0]!);
    const isPower = (pageBytes & (pageBytes - 1)) === 0;
    if (!isPower || pageBytes < PAGE_BYTES_MIN || pageBytes > PAGE_BYTES_MAX)
      this.fail(`${where} says that pages have ${pageBytes} bytes`);
    const [lastPage, transaction] = [u64(144), u64(152)];
    const roots = TREES.map((tree) => u64(tree + ROOT_IN_TREE));
    // Flags of the trees: keys of free pages are integers, no others have any.
    const flags = TREES.map((tree) => page.getUint16(tree + 4, true));
    const depths = TREES.map((tree) => page.getUint16(tree + 6, true));
    const right =
      u64(0) === BigInt(index) &&
      flags[0] === 8 &&
      flags[1] === 0 &&
      lastPage >= 1n &&
      lastPage < 1n << 48n &&
      (transaction === 0n || (transaction & 1n) === BigInt(index)) &&
      roots.every((root) => root === NO_ROOT || root > 1n) &&
      depths.every((depth, i) => depth <= DEPTH_MAX && (depth === 0) === (roots[i] === NO_ROOT));
    if (!right) this.fail(`${where} is damaged`);
    return { pageBytes, lastPage: Number(lastPage), transaction, roots };
  }

  /** Is a root a page of a tree, older than the state that names it? */
  checkRoot(root: bigint, { pageBytes, transaction }: Meta): void {
    const page = this.read(Number(root) * pageBytes, PAGE_HEADER);
    const flags = page.getUint16(18, true);
    const lower = page.getUint16(20, true);
    const upper = page.getUint16(22, true);
    const right =
      page.getBigUint64(0, true) === root &&
      page.getBigUint64(8, true) <= transaction &&
      (flags === BRANCH || flags === LEAF) &&
      lower <= upper &&
      PAGE_HEADER + upper <= pageBytes;
    if (!right) this.fail(`page ${root}, where a table begins, is damaged`);
  }

  /**
   * Does a tree name a page that the file does not have? Reads all of the tree: for a file that is shorter than it
   * says, which LMDB leaves behind if the last pages were free before they were ever written.
   */
  checkPages(root: bigint, meta: Meta, pages: number, depth = 0): void {
    if (root === NO_ROOT) return;
    if (root >= pages || depth > DEPTH_MAX)
      this.fail(`it is cut short: it has ${pages} of ${meta.lastPage + 1} pages, and page ${root} is needed`);
    const page = this.read(Number(root) * meta.pageBytes, meta.pageBytes);
    const leaf = (page.getUint16(18, true) & LEAF) !== 0;
    const nodes = page.getUint16(20, true) / 2;
    for (let i = 0; i < nodes; i++) {
      const node = PAGE_HEADER + page.getUint16(PAGE_HEADER + 2 * i, true);
      const value = node + 8 + page.getUint16(node + 6, true);
      const flags = page.getUint16(node + 4, true);
      if (!leaf) {
        const child = BigInt(page.getUint32(node, true)) + (BigInt(flags) << 32n);
        this.checkPages(child, meta, pages, depth + 1);
      } else if (flags & BIG_VALUE) this.checkOverflow(page.getBigUint64(value, true), meta, pages);
      else if (flags & SUBTREE)
        this.checkPages(page.getBigUint64(value + ROOT_IN_TREE, true), meta, pages, depth + 1);
    }
  }

  checkOverflow(first: bigint, meta: Meta, pages: number): void {
    const inside = first < pages;
    const header = inside ? this.read(Number(first) * meta.pageBytes, PAGE_HEADER) : undefined;
    if (
      !header ||
      (header.getUint16(18, true) & OVERFLOW) === 0 ||
      Number(first) + header.getUint32(20, true) > pages
    )
      this.fail(
        `it is cut short: it has ${pages} of ${meta.lastPage + 1} pages, and page ${first} is needed`,
      );
  }

  /** The two descriptions agree; returns the newer one. */
  newest(): Meta {
    const first = this.meta(0, 0);
    const second = this.meta(1, first.pageBytes);
    if (second.pageBytes !== first.pageBytes) this.fail('its first two pages differ in the size of pages');
    return second.transaction > first.transaction ? second : first;
  }

  check(): void {
    const newest = this.newest();
    const { pageBytes, lastPage, roots } = newest;
    // Where the disk refused the older one, LMDB has put its number of pages back, and not its roots.
    for (const root of roots)
      if (root !== NO_ROOT && root > lastPage)
        this.fail(`page ${newest.transaction & 1n}, which should describe it, is damaged`);
    for (const root of roots) if (root !== NO_ROOT) this.checkRoot(root, newest);
    const bytes = this.#bytes;
    const expected = (lastPage + 1) * pageBytes;
    if (bytes >= expected) return;
    const pages = Math.floor(bytes / pageBytes);
    if (lastPage - pages > UNWRITTEN_MAX)
      this.fail(`it says that it has ${lastPage + 1} pages, and has ${pages}`);
    for (const root of roots) this.checkPages(root, newest, pages);
    // Nothing that is needed is missing. It need not be read whole at the next opening: this takes no room.
    if (!this.#own || this.#bytes !== bytes) return;
    try {
      ftruncateSync(this.#file, expected);
    } catch {} // then it is read again
  }

  /**
   * Was it cut short while it was made, by a kill, a full disk or a loss of power? Then nothing was ever committed: there
   * is one page of two, or the power went before what was written first was on the disk.
   */
  #isUnborn(): boolean {
    const bytes = this.#bytes;
    if (bytes < META_BYTES) return bytes === 0;
    if (SYSTEM_PAGE_BYTES.some((pageBytes) => this.#isUnwritten(pageBytes))) return true;
    const { pageBytes, transaction } = this.meta(0, 0);
    return transaction === 0n && bytes < 2 * pageBytes;
  }

  /**
   * Are zeros in place of the first two pages, or of one of them? The first commit has them on the disk before it is
   * one. All that it may have written by then is the page behind them, with its own number.
   */
  #isUnwritten(pageBytes: number): boolean {
    const pages = this.#bytes / pageBytes;
    if (pages !== 2 && pages !== 3) return false;
    const first = [0, 1].map((index) => this.read(index * pageBytes, pageBytes));
    const blank = first.map(isBlank);
    if (!blank.includes(true)) return false;
    const other = blank.indexOf(false);
    if (other >= 0 && this.meta(other, other * pageBytes).transaction !== 0n) return false;
    if (pages === 2) return true;
    const behind = this.read(2 * pageBytes, pageBytes);
    return isBlank(behind) || (behind.getBigUint64(0, true) === 2n && behind.getBigUint64(8, true) === 1n);
  }

  /** Checks all, and mends what may be mended. @throws SiltError DATABASE_INVALID */
  prepare(): void {
    try {
      if (!this.#isUnborn()) this.check();
      else if (this.#own) ftruncateSync(this.#file, 0);
      else if (this.#bytes > 0)
        this.fail(
          'its creation was interrupted, and nothing is in it; no lock can be had here to create it again: delete it',
        );
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
      this.fail('a page of it names places that are outside of it');
    }
  }

  /** Changes whenever the file is written. */
  state(): string {
    const { size, mtimeNs }: BigIntStats = fstatSync(this.#file, { bigint: true });
    return `${size} ${mtimeNs}`;
  }
}

/** @throws DatabaseLockedError where what is wrong with the file changes while it is read: somebody writes it */
async function prepareShared(data: DataFile, path: string): Promise<void> {
  const before = data.state();
  for (let readings = 1; ; readings++) {
    try {
      data.prepare();
      return;
    } catch (error) {
      if (readings < READINGS) await pause(PAUSE_MS);
      else if (data.state() !== before) throw new DatabaseLockedError(path, 0);
      else throw error;
    }
  }
}

/**
 * Checks a store file that LMDB is about to open. One that is missing or empty is a new one. So is one whose making was
 * cut short: it is emptied here, since LMDB would refuse it; but only by who holds the lock of the folder.
 *
 * @throws SiltError DATABASE_INVALID with what was found
 * @throws DatabaseLockedError where another process is writing the file
 */
export async function checkDataFile(path: string, locked: boolean): Promise<void> {
  let file: number;
  try {
    file = openSync(path, locked ? 'r+' : 'r');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return;
    throw error;
  }
  try {
    const data = new DataFile(path, file, locked);
    if (locked) data.prepare();
    else await prepareShared(data, path);
  } finally {
    closeSync(file);
  }
}
