/*
 * The words of each text in their order, as numbers of a vocabulary: for phrases. A text is a sequence of numbers of seven
 * bits a byte: how many there are, then for each place a word's number plus one, or 0 where a word was left out.
 */

const CHUNK = 1 << 20;
/** The first chunk begins with so many bytes: there may be thousands of small collections. */
const CHUNK_LEAST = 1 << 12;

/** At most so many bytes for a number. */
const NUMBER_BYTES = 5;

/** A place where any word may stand. */
export const GAP: number = -1;

export class Positions {
  readonly #chunks: Uint8Array[] = [];
  /** By slot: where its text begins, 0 for none. */
  #starts = new Float64Array(64);
  /** Where the next text may begin. */
  #end = 1;

  get bytes(): number {
    return this.#starts.byteLength + this.#end;
  }

  /** Adds the text of a slot behind those of all slots before. GAP: a word was left out there. */
  add(slot: number, numbers: ArrayLike<number>, count: number): void {
    const whole = this.#roomFor(NUMBER_BYTES * (count + 1));
    const from = this.#end % CHUNK;
    let at = put(whole, from, count);
    for (let i = 0; i < count; i++) at = put(whole, at, numbers[i]! + 1);
    this.#setStart(slot, this.#end);
    this.#end += at - from;
  }

  /** The chunk in which the next text begins, and those behind it that it may reach into. */
  #roomFor(bytes: number): Uint8Array {
    const from = this.#end % CHUNK;
    const before = this.#chunks[Math.floor(this.#end / CHUNK)];
    // A text lies in one piece: a long one in as many chunks as it takes.
    if (!before || from + bytes > CHUNK) this.#newChunks(bytes);
    else if (from + bytes > before.length) this.#widen(before, from + bytes);
    return withThoseBehind(this.#chunks[Math.floor(this.#end / CHUNK)]!);
  }

  #newChunks(bytes: number): void {
    const used = this.#end === 1 ? 0 : Math.ceil(this.#end / CHUNK);
    this.#chunks.length = used;
    this.#end = Math.max(1, used * CHUNK);
    if (used === 0 && bytes < CHUNK_LEAST) {
      this.#chunks.push(new Uint8Array(CHUNK_LEAST));
      return;
    }
    const count = Math.ceil((bytes + 1) / CHUNK);
    const buffer = new ArrayBuffer(CHUNK * count);
    for (let i = 0; i < count; i++) this.#chunks.push(new Uint8Array(buffer, i * CHUNK));
  }

  /** The first chunk, which is the only one. */
  #widen(before: Uint8Array, bytes: number): void {
    const wider = new Uint8Array(Math.min(CHUNK, Math.max(bytes, 2 * before.length)));
    wider.set(before);
    this.#chunks[0] = wider;
  }

  #setStart(slot: number, start: number): void {
    if (slot >= this.#starts.length) {
      const larger = new Float64Array(Math.max(slot + 1, 2 * this.#starts.length));
      larger.set(this.#starts);
      this.#starts = larger;
    }
    this.#starts[slot] = start;
  }

  /** Slots from one on are gone. */
  truncate(slot: number): void {
    const first = this.#starts.subarray(slot).find((start) => start > 0);
    this.#starts.fill(0, slot);
    if (first !== undefined) this.#end = first;
  }

  /** The numbers of a text; those of the same array are valid until the next call. */
  read(slot: number, into: number[]): number[] {
    into.length = 0;
    const start = this.#starts[slot] ?? 0;
    if (start === 0) return into;
    const bytes = withThoseBehind(this.#chunks[Math.floor(start / CHUNK)]!);
    let at = start % CHUNK;
    let left = -1;
    while (left !== 0) {
      let value = 0;
      for (let scale = 1; ; scale *= 128) {
        const byte = bytes[at++]!;
        value += (byte & 127) * scale;
        if (byte < 128) break;
      }
      if (left > 0) into.push(value - 1);
      left = left < 0 ? value : left - 1;
    }
    return into;
  }

  /** The text of a slot as it is kept; nothing where it has none. Not to be changed. */
  bytesOf(slot: number): Uint8Array {
    const start = this.#starts[slot] ?? 0;
    if (start === 0) return NOTHING;
    const bytes = withThoseBehind(this.#chunks[Math.floor(start / CHUNK)]!).subarray(start % CHUNK);
    return bytes.subarray(0, endOf(bytes, Infinity));
  }

  /** Adds a text that was kept, of words with numbers below `words`. False where the bytes are no such text. */
  addBytes(slot: number, bytes: Uint8Array, words: number): boolean {
    if (endOf(bytes, words) !== bytes.length) return false;
    this.#roomFor(bytes.length).set(bytes, this.#end % CHUNK);
    this.#setStart(slot, this.#end);
    this.#end += bytes.length;
    return true;
  }
}

const NOTHING = new Uint8Array(0);

/** The bytes of a chunk, and of those behind it that a long text shares with it. Most share nothing: a view of each text costs time. */
function withThoseBehind(chunk: Uint8Array): Uint8Array {
  return chunk.length === chunk.buffer.byteLength ? chunk : new Uint8Array(chunk.buffer, chunk.byteOffset);
}

/** Where a text ends that begins with these bytes; -1 where it has no end, or a word that is not below `words`. */
function endOf(bytes: Uint8Array, words: number): number {
  const { length } = bytes;
  let at = 0;
  for (let left = -1; left !== 0; ) {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at === length) return -1;
      const byte = bytes[at++]!;
      value += (byte & 127) * scale;
      if (byte < 128) break;
    }
    if (left > 0 && value > words) return -1;
    left = left < 0 ? value : left - 1;
  }
  return at;
}

function put(bytes: Uint8Array, from: number, value: number): number {
  let at = from;
  let rest = value;
  for (; rest > 127; rest = Math.floor(rest / 128)) bytes[at++] = (rest & 127) | 128;
  bytes[at++] = rest;
  return at;
}

/** Whether the items of a phrase stand in a text one behind the other; `any` stands for each. */
export function hasPhrase<T>(text: readonly T[], phrase: readonly T[], any: T): boolean {
  const last = text.length - phrase.length;
  for (let from = 0; from <= last; from++) {
    let i = 0;
    while (i < phrase.length && (phrase[i] === any || phrase[i] === text[from + i])) i++;
    if (i === phrase.length) return true;
  }
  return false;
}
