/*
 * Streams of bytes in the body of a sealed file, each in blocks, little-endian:
 *
 *   blocks: number of the stream u32, bytes u32, block | 0xffffffff u32
 *
 * Small ones are read as a whole and believed before anything is made of them; each block is let go when it was used. What is made
 * of a large one while it is read may be believed when the file was read to its end.
 */
import type { Arriving } from '../../filter/indexes/blocks.js';
import { type SealedFile, wordAt, words } from '../../platform/sealed-file.js';

const END = 0xffff_ffff;
/** No block was ever longer: a length that was altered asks for no more memory. */
const BLOCK_MAX = 1 << 20;

/** The body of a file; blocks are asked for as they are written. */
export function* bodyOf(streams: Iterable<Iterable<Uint8Array>>): Generator<Uint8Array> {
  let number = 0;
  for (const stream of streams) {
    for (const block of stream) {
      yield words(number, block.length);
      yield block;
    }
    number++;
  }
  yield words(END);
}

/** The blocks of each stream, by its number. */
export async function readStreams(file: SealedFile): Promise<Map<number, Uint8Array[]>> {
  const streams = new Map<number, Uint8Array[]>();
  for (;;) {
    const number = wordAt(await file.take(4), 0);
    if (number === END) return streams;
    const length = wordAt(await file.take(4), 0);
    const own = streams.get(number) ?? [];
    own.push(await file.take(length));
    streams.set(number, own);
  }
}

/** The blocks in their order, which are kept no longer than they are used. */
export function* usedUp(blocks: Uint8Array[]): Generator<Uint8Array> {
  blocks.reverse();
  while (blocks.length > 0) yield blocks.pop()!;
}

/** Streams one after the other, in the order in which they were written: no more of them is in memory than was asked for. */
export class Streams {
  readonly #file: SealedFile;
  /** What is known of the block that comes next: of which stream it is. */
  #next: number | undefined;

  constructor(file: SealedFile) {
    this.#file = file;
  }

  /** The stream of the next block; undefined behind the last. */
  async #number(): Promise<number | undefined> {
    this.#next ??= wordAt(await this.#file.take(4), 0);
    return this.#next === END ? undefined : this.#next;
  }

  /** The next block, if it is of this stream. */
  async block(stream: number): Promise<Uint8Array | undefined> {
    if ((await this.#number()) !== stream) return undefined;
    this.#next = undefined;
    const length = wordAt(await this.#file.take(4), 0);
    if (length > BLOCK_MAX) throw this.#file.fail(`has a block of ${length} bytes`);
    return this.#file.take(length);
  }

  /** A stream of which nothing was read; undefined where there is none. The one before was read to its end. */
  async begin(stream: number): Promise<StreamRead | undefined> {
    return (await this.#number()) === stream ? new StreamRead(this, stream) : undefined;
  }

  /** Reads what is left, as a checksum takes it. */
  async skip(): Promise<void> {
    for (let number = await this.#number(); number !== undefined; number = await this.#number())
      await this.block(number);
  }
}

/** Blocks of a stream, as they arrive. */
export class StreamRead implements Arriving {
  readonly #streams: Streams;
  readonly #number: number;
  readonly #blocks: Uint8Array[] = [];
  held = 0;

  constructor(streams: Streams, number: number) {
    this.#streams = streams;
    this.#number = number;
  }

  /** Reads until so many bytes are there, or the stream ends. */
  async fill(bytes: number): Promise<void> {
    while (this.held < bytes) {
      const block = await this.#streams.block(this.#number);
      if (block) this.#blocks.push(block);
      this.held = block ? this.held + block.length : Infinity;
    }
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let block = this.#blocks.shift(); block; block = this.#blocks.shift()) {
      this.held -= block.length;
      yield block;
    }
  }
}
