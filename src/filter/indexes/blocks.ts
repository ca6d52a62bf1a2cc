/* The stream of bytes that an index is dumped to, cut into blocks regardless of what is in them. */
import { SnapshotError } from '../../base/errors.js';
import { isWellFormed, writeAscii } from '../../base/ids.js';

/** What is made in one turn of the event loop: of short lists, that takes a millisecond (256 KiB took 5 to 11). */
const BLOCK_BYTES = 1 << 15;
const UINT32_MAX = 0xffff_ffff;
/** So many bytes are copied sooner by a loop than by a view of them. */
const SHORT = 64;

const encoder = new TextEncoder();
// Otherwise a string that begins with U+FEFF would lose it.
const decoder = new TextDecoder('utf-8', { ignoreBOM: true });

export class BlockWriter {
  #bytes: Uint8Array = new Uint8Array(4_096);
  #length = 0;

  /** Whether there is enough for a block. */
  get full(): boolean {
    return this.#length >= BLOCK_BYTES;
  }

  #room(count: number): void {
    const needed = this.#length + count;
    if (needed <= this.#bytes.length) return;
    const larger = new Uint8Array(Math.max(needed, 2 * this.#bytes.length));
    larger.set(this.#bytes.subarray(0, this.#length));
    this.#bytes = larger;
  }

  /** An integer from 0 to 2^32 - 1, in as few bytes as it takes, seven bits in each. */
  uint(value: number): void {
    this.#room(5);
    let rest = value;
    while (rest > 0x7f) {
      this.#bytes[this.#length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.#bytes[this.#length++] = rest;
  }

  bytes(bytes: Uint8Array): void {
    this.#room(bytes.length);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
  }

  /** Bytes out of others, from `at` on: without a view of them where they are few. */
  part(bytes: Uint8Array, at: number, count: number): void {
    this.#room(count);
    if (count > SHORT) this.#bytes.set(bytes.subarray(at, at + count), this.#length);
    else {
      const into = this.#bytes;
      for (let i = 0, to = this.#length; i < count; i++) into[to++] = bytes[at + i]!;
    }
    this.#length += count;
  }

  /** The numbers of a typed array as they are in memory; how many, the reader has to know. */
  numbers({ buffer, byteOffset, byteLength }: Float64Array | Uint32Array): void {
    this.bytes(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** A string, as UTF-8; as UTF-16 if UTF-8 has no form for it. */
  text(text: string): void {
    const start = this.#length;
    this.uint(2 * text.length);
    this.#room(text.length);
    if (writeAscii(text, this.#bytes, this.#length)) {
      this.#length += text.length;
      return;
    }
    this.#length = start;
    if (isWellFormed(text)) {
      const bytes = encoder.encode(text);
      this.uint(2 * bytes.length);
      this.bytes(bytes);
      return;
    }
    this.uint(4 * text.length + 1);
    const units = Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
    this.bytes(new Uint8Array(units.buffer));
  }

  /** The whole blocks there are. */
  *blocks(): Generator<Uint8Array> {
    const bytes = this.#bytes;
    const whole = this.#length - (this.#length % BLOCK_BYTES);
    // The blocks are the caller's: what is written from now on goes into another buffer.
    this.#bytes = bytes.slice(whole, this.#length);
    this.#length -= whole;
    for (let at = 0; at < whole; at += BLOCK_BYTES) yield bytes.subarray(at, at + BLOCK_BYTES);
  }

  /** Everything there is. */
  *rest(): Generator<Uint8Array> {
    yield* this.blocks();
    if (this.#length > 0) yield this.#bytes.slice(0, this.#length);
  }
}

export function malformed(why: string): SnapshotError {
  return new SnapshotError(`malformed dump of an index: ${why}`);
}

/** Blocks that arrive while they are read. */
export interface Arriving extends Iterable<Uint8Array> {
  /** Bytes of blocks that are there and were not asked for; infinite where no more will come. */
  readonly held: number;
}

/** Reads what a BlockWriter wrote. Takes no more memory than the blocks do, whatever lengths they claim. */
export class BlockReader {
  readonly #blocks: Iterator<Uint8Array>;
  readonly #arriving: Arriving | undefined;
  #block: Uint8Array = new Uint8Array(0);
  #at = 0;

  constructor(blocks: Iterable<Uint8Array> | Arriving) {
    this.#blocks = blocks[Symbol.iterator]();
    this.#arriving = 'held' in blocks ? blocks : undefined;
  }

  /** Whether so many bytes can be read now, or no more will come. */
  holds(count: number): boolean {
    return !this.#arriving || this.#block.length - this.#at + this.#arriving.held >= count;
  }

  #next(): void {
    const { value, done } = this.#blocks.next();
    if (done) throw malformed('it is cut short');
    this.#block = value;
    this.#at = 0;
  }

  /** The next bytes: they may be part of a block. */
  bytes(count: number): Uint8Array {
    if (this.#block.length - this.#at >= count) {
      this.#at += count;
      return this.#block.subarray(this.#at - count, this.#at);
    }
    const parts: Uint8Array[] = [];
    let missing = count;
    for (;;) {
      const part = this.#block.subarray(this.#at, this.#at + missing);
      parts.push(part);
      this.#at += part.length;
      missing -= part.length;
      if (missing === 0) break;
      this.#next();
    }
    const all = new Uint8Array(count);
    let at = 0;
    for (const part of parts) {
      all.set(part, at);
      at += part.length;
    }
    return all;
  }

  /** The next bytes, copied to a place. */
  into(target: Uint8Array, at: number, count: number): void {
    if (count > SHORT || this.#block.length - this.#at < count) {
      target.set(this.bytes(count), at);
      return;
    }
    const block = this.#block;
    let from = this.#at;
    for (let to = at; to < at + count; to++) target[to] = block[from++]!;
    this.#at = from;
  }

  #byte(): number {
    while (this.#at === this.#block.length) this.#next();
    return this.#block[this.#at++]!;
  }

  uint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 28; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > UINT32_MAX) break;
        return value;
      }
    }
    throw malformed('an integer is out of range');
  }

  floats(count: number): Float64Array {
    return new Float64Array(new Uint8Array(this.bytes(8 * count)).buffer);
  }

  uints(count: number): Uint32Array<ArrayBuffer> {
    return new Uint32Array(new Uint8Array(this.bytes(4 * count)).buffer);
  }

  text(): string {
    return this.textOf(this.uint());
  }

  /** The text whose head was read as a uint: its bytes are half of that. */
  textOf(head: number): string {
    const bytes = this.bytes(head >>> 1);
    return head % 2 === 1 ? textOfUnits(bytes) : decoder.decode(bytes);
  }

  /** Throws if anything is left. */
  end(): void {
    while (this.#at === this.#block.length) {
      const { value, done } = this.#blocks.next();
      if (done) return;
      this.#block = value;
      this.#at = 0;
    }
    throw malformed('it is too long');
  }
}

function textOfUnits(bytes: Uint8Array): string {
  if (bytes.length % 2 !== 0) throw malformed('half of a character');
  let text = '';
  for (let i = 0; i < bytes.length; i += 2) text += String.fromCharCode(bytes[i]! | (bytes[i + 1]! << 8));
  return text;
}
