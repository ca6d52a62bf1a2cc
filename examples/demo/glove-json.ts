/**
 * Reads the embeddings' JSON in pieces as it is unpacked. The whole text is 307 MB; `JSON.parse` of it
 * takes over a gigabyte, while this holds one piece and the rows. It understands this one layout:
 *
 *     {"precision":8,…,"size":N,"dimensions":D,"words":[…],"vectors":{"word":[D numbers, norm, row],…},…}
 */

import { type Glove, RowCollector } from './glove-rows.js';

const VECTORS = Buffer.from('"vectors":{');
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const CLOSING_BRACE = 0x7d;
/** The sizes stand within the first hundred bytes. */
const HEAD_BYTES = 4096;
/** A row is under 2 KB. Without a limit, a text of another layout would be gathered whole. */
const ROW_BYTES_MAX = 1 << 20;

export class GloveJsonReader {
  #rest: Buffer = Buffer.alloc(0);
  #head: { size: number; dimension: number } | undefined;
  #rows: RowCollector | undefined;
  #entries = 0;
  #ended = false;

  /** @throws Error when the text is not of the layout above */
  write(chunk: Buffer): void {
    if (this.#ended) return;
    const text = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let position = 0;
    if (this.#rows === undefined) {
      position = this.#readPreamble(text);
    }
    if (this.#rows !== undefined) {
      position = this.#readEntries(text, position, this.#rows);
    }
    // Copied: the piece belongs to the unpacker, and a view would also keep all of it in memory.
    this.#rest = Buffer.from(text.subarray(position));
  }

  /** @throws Error when rows are missing */
  finish(): Glove {
    if (!this.#ended || this.#rows === undefined || this.#head === undefined) {
      throw new Error(`the embeddings end too early, after ${this.#entries} rows`);
    }
    if (this.#entries !== this.#head.size) {
      throw new Error(`the embeddings announce ${this.#head.size} rows and hold ${this.#entries}`);
    }
    return this.#rows.finish();
  }

  #readPreamble(text: Buffer): number {
    if (this.#head === undefined) {
      if (text.length < HEAD_BYTES && text.indexOf(VECTORS) < 0) return 0;
      this.#head = readHead(text);
    }
    // The word `vectors` in the list before has no `:{` behind it.
    const at = text.indexOf(VECTORS);
    if (at < 0) return Math.max(0, text.length - VECTORS.length);
    this.#rows = new RowCollector(this.#head.size, this.#head.dimension);
    return at + VECTORS.length;
  }

  /** Returns where the first incomplete entry begins. */
  #readEntries(text: Buffer, from: number, rows: RowCollector): number {
    let position = from;
    while (position < text.length) {
      if (text[position] === CLOSING_BRACE) {
        this.#ended = true;
        return text.length;
      }
      const key = text[position] === COMMA ? position + 1 : position;
      if (key < text.length && text[key] !== QUOTE) {
        throw new Error(`the embeddings are not in the expected format after ${this.#entries} rows`);
      }
      const keyEnd = closingQuote(text, key);
      const end = keyEnd < 0 ? -1 : text.indexOf(']', keyEnd);
      if (end < 0) {
        if (text.length - position > ROW_BYTES_MAX) throw new Error('the embeddings hold an endless row');
        return position;
      }
      this.#addEntry(text, key, keyEnd, end, rows);
      position = end + 1;
    }
    return position;
  }

  #addEntry(text: Buffer, key: number, keyEnd: number, end: number, rows: RowCollector): void {
    if (this.#head !== undefined && ++this.#entries > this.#head.size) {
      throw new Error(`the embeddings hold more than the ${this.#head.size} rows they announce`);
    }
    const word = JSON.parse(text.toString('utf8', key, keyEnd + 1)) as string;
    // Behind the closing quote stands a colon; numbers are ASCII, and latin1 is the quickest decoder.
    const numbers: unknown = JSON.parse(text.toString('latin1', keyEnd + 2, end + 1));
    if (!Array.isArray(numbers)) throw new Error(`the embeddings hold no array for the word ${word}`);
    rows.add(word, numbers);
  }
}

function readHead(text: Buffer): { size: number; dimension: number } {
  const head = text.toString('latin1', 0, HEAD_BYTES);
  const size = Number(/"size":(\d{1,8})\b/.exec(head)?.[1]);
  const dimension = Number(/"dimensions":(\d{1,5})\b/.exec(head)?.[1]);
  if (!(size > 0 && dimension > 0)) throw new Error('the embeddings do not begin in the expected format');
  return { size, dimension };
}

/** The quote that ends the string beginning at `from`, or -1 when it is not there yet. */
function closingQuote(text: Buffer, from: number): number {
  for (let i = from + 1; i < text.length; i++) {
    if (text[i] === BACKSLASH) i++;
    else if (text[i] === QUOTE) return i;
  }
  return -1;
}
