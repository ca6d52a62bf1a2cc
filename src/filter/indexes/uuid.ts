/*
 * Which UUIDs occur in which rows: as the 16 bytes that they say, in a hash table over flat memory, a third of what as
 * many strings take. A UUID is one in its usual spelling (RFC 9562: 32 digits in lower case, with hyphens). Any other
 * string is kept as it is: which points match depends on the letters of a value, whatever index there is.
 */
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { disposePostings, dumpPostings, loadPostings, type Postings, sizeOf, withSlot } from './postings.js';
import { type Strings, Vocabulary } from './vocabulary.js';

const TEXT_LENGTH = 36;
/** Of a UUID in memory: four numbers of 32 bits. */
const WORDS = 4;
const ROOM_MIN = 16;

const BITS = 128;

/** The value of each digit by its character code. */
const NO_DIGIT = 255;
const DIGITS = new Uint8Array(128).fill(NO_DIGIT);
for (let i = 0; i < 16; i++) DIGITS[i.toString(16).charCodeAt(0)] = i;

const isHyphen = (at: number): boolean => at === 8 || at === 13 || at === 18 || at === 23;

/** Writes the bits that a text says, from the highest on; how many, or -1 where no UUID begins so. */
function parse(text: string, into: Uint32Array): number {
  if (text.length > TEXT_LENGTH) return -1;
  into.fill(0);
  let bits = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (isHyphen(at)) {
      if (code !== 0x2d) return -1;
      continue;
    }
    const digit = code < 128 ? DIGITS[code]! : NO_DIGIT;
    if (digit === NO_DIGIT) return -1;
    into[bits >>> 5]! |= digit << (28 - (bits & 31));
    bits += 4;
  }
  return bits;
}

function textOf(words: Uint32Array, at: number): string {
  let digits = '';
  for (let i = 0; i < WORDS; i++) digits += words[at * WORDS + i]!.toString(16).padStart(8, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8, 12)}-${digits.slice(12, 16)}-${digits.slice(16, 20)}-${digits.slice(20)}`;
}

function hashOf(words: Uint32Array, at: number): number {
  let hash = 0;
  for (let i = 0; i < WORDS; i++) {
    hash = Math.imul(hash ^ words[at * WORDS + i]!, 0x9e37_79b1);
    hash ^= hash >>> 15;
  }
  return hash >>> 0;
}

export class UuidVocabulary implements Strings {
  /** Other strings. */
  readonly #others = new Vocabulary();
  #words: Uint32Array = new Uint32Array(WORDS * ROOM_MIN);
  #postings: Postings[] = [];
  /** By hash: one more than the number of a UUID, 0 where there is none; the next places are looked at after. */
  #table: Uint32Array = new Uint32Array(2 * ROOM_MIN);
  #entries = 0;
  readonly #parsed = new Uint32Array(WORDS);

  get entries(): number {
    return this.#entries + this.#others.entries;
  }

  get size(): number {
    return this.#postings.length + this.#others.size;
  }

  add(text: string, slot: number): void {
    if (parse(text, this.#parsed) !== BITS) {
      this.#others.add(text, slot);
      return;
    }
    this.#entries++;
    const place = this.#placeOf(this.#parsed);
    const number = this.#table[place]!;
    if (number === 0) this.#append(place, slot);
    else this.#postings[number - 1] = withSlot(this.#postings[number - 1], slot);
  }

  get(text: string): Postings | undefined {
    if (parse(text, this.#parsed) !== BITS) return this.#others.get(text);
    return this.#postings[this.#table[this.#placeOf(this.#parsed)]! - 1];
  }

  get all(): Iterable<readonly [string, Postings]> {
    return this.#all();
  }

  *#all(): Generator<readonly [string, Postings]> {
    for (const [i, postings] of this.#postings.entries()) yield [textOf(this.#words, i), postings];
    yield* this.#others.all;
  }

  *beginningWith(text: string): Generator<Postings> {
    const wanted = new Uint32Array(WORDS);
    const bits = parse(text, wanted);
    for (let i = 0; bits >= 0 && i < this.#postings.length; i++)
      if (this.#begins(i, wanted, bits)) yield this.#postings[i]!;
    yield* this.#others.beginningWith(text);
  }

  /** Whether the first so many bits of a UUID are these. */
  #begins(at: number, wanted: Uint32Array, bits: number): boolean {
    for (let i = 0; 32 * i < bits; i++) {
      const different = this.#words[at * WORDS + i]! ^ wanted[i]!;
      const left = bits - 32 * i;
      if ((left < 32 ? different >>> (32 - left) : different) !== 0) return false;
    }
    return true;
  }

  /** Where a UUID is in the table, or the free place that it goes to. */
  #placeOf(wanted: Uint32Array): number {
    const mask = this.#table.length - 1;
    for (let place = hashOf(wanted, 0) & mask; ; place = (place + 1) & mask) {
      const number = this.#table[place]!;
      if (number === 0 || this.#isAt(wanted, number - 1)) return place;
    }
  }

  #isAt(wanted: Uint32Array, at: number): boolean {
    for (let i = 0; i < WORDS; i++) if (this.#words[at * WORDS + i] !== wanted[i]) return false;
    return true;
  }

  /** Takes in the UUID that was parsed last, at a free place of the table. */
  #append(place: number, postings: Postings): void {
    const at = this.#postings.length;
    if ((at + 1) * WORDS > this.#words.length) {
      const larger = new Uint32Array(WORDS * Math.ceil(at * 1.25 + 1));
      larger.set(this.#words);
      this.#words = larger;
    }
    this.#words.set(this.#parsed, at * WORDS);
    this.#postings.push(postings);
    this.#table[place] = at + 1;
    if (3 * this.#postings.length > 2 * this.#table.length) this.#widen();
  }

  #widen(): void {
    const table = new Uint32Array(2 * this.#table.length);
    const mask = table.length - 1;
    for (let i = 0; i < this.#postings.length; i++) {
      let place = hashOf(this.#words, i) & mask;
      while (table[place] !== 0) place = (place + 1) & mask;
      table[place] = i + 1;
    }
    this.#table = table;
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    // Not by an iterator: rows that are added meanwhile may add UUIDs.
    for (let i = 0; i < this.#postings.length; i++) {
      out.uint(1);
      out.numbers(this.#words.subarray(i * WORDS, (i + 1) * WORDS));
      dumpPostings(this.#postings[i]!, out);
      if (out.full) yield* out.blocks();
    }
    out.uint(0);
    yield* this.#others.dump(out);
  }

  load(from: BlockReader, rows: number): void {
    while (from.uint() !== 0) {
      this.#parsed.set(from.uints(WORDS));
      const postings = loadPostings(from, rows);
      if (postings === undefined) continue;
      const place = this.#placeOf(this.#parsed);
      if (this.#table[place] !== 0) {
        disposePostings(postings);
        throw malformed('a UUID occurs twice');
      }
      this.#append(place, postings);
      this.#entries += sizeOf(postings);
    }
    this.#others.load(from, rows);
  }

  dispose(): void {
    for (const postings of this.#postings) disposePostings(postings);
    this.#postings = [];
    this.#table.fill(0);
    this.#entries = 0;
    this.#others.dispose();
  }
}
