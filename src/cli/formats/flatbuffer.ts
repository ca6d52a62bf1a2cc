/*
 * Tables of FlatBuffers, as Arrow's metadata are (flatbuffers.dev, "Internals"): read with no trust in any length or offset. What leads
 * out of the bytes is a RangeError, of the view itself or of these checks.
 */

export class Table {
  readonly #view: DataView;
  readonly #at: number;
  readonly #fields: number;
  readonly #end: number;

  constructor(view: DataView, at: number) {
    this.#view = view;
    this.#at = at;
    const table = at - view.getInt32(at, true);
    this.#fields = table + 4;
    this.#end = table + view.getUint16(table, true);
  }

  /** That the bytes are of. */
  static root(bytes: Uint8Array): Table {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    return new Table(view, view.getUint32(0, true));
  }

  /** Where the n-th field is; undefined where it has its default. */
  #place(n: number): number | undefined {
    const entry = this.#fields + 2 * n;
    const offset = entry + 2 <= this.#end ? this.#view.getUint16(entry, true) : 0;
    return offset === 0 ? undefined : this.#at + offset;
  }

  byte(n: number): number {
    const place = this.#place(n);
    return place === undefined ? 0 : this.#view.getUint8(place);
  }

  /** An integer of 64 bits that is a length or a place. */
  length(n: number): number {
    const place = this.#place(n);
    return place === undefined ? 0 : lengthAt(this.#view, place);
  }

  table(n: number): Table | undefined {
    const place = this.#place(n);
    return place === undefined ? undefined : new Table(this.#view, place + this.#view.getUint32(place, true));
  }

  /** A list of elements of so many bytes: where each begins. Texts are lists of bytes. */
  list(n: number, width: number): number[] {
    const [from, count] = this.#list(n, width);
    return Array.from({ length: count }, (_, i) => from + width * i);
  }

  /** As `list`, and only checked. */
  expectList(n: number, width: number): void {
    this.#list(n, width);
  }

  #list(n: number, width: number): [from: number, count: number] {
    const place = this.#place(n);
    if (place === undefined) return [0, 0];
    const at = place + this.#view.getUint32(place, true);
    const count = this.#view.getUint32(at, true);
    if (at + 4 + width * count > this.#view.byteLength)
      throw new RangeError('a list is longer than its bytes');
    return [at + 4, count];
  }

  tables(n: number): Table[] {
    return this.list(n, 4).map((at) => new Table(this.#view, at + this.#view.getUint32(at, true)));
  }

  /** Pairs of integers of 64 bits that are lengths or places; `width`: bytes of each, `second`: where the other one is. */
  pairs(n: number, width = 16, second = 8): [number, number][] {
    return this.list(n, width).map((at) => [lengthAt(this.#view, at), lengthAt(this.#view, at + second)]);
  }
}

function lengthAt(view: DataView, at: number): number {
  const value = Number(view.getBigInt64(at, true));
  if (value >= 0 && Number.isSafeInteger(value)) return value;
  throw new RangeError('a length is negative, or beyond what a file can have');
}
