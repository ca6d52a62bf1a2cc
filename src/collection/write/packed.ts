/* Pieces of bytes one after another, with the end of each: how ids and payloads go to the store. */

export class PackedBytes {
  #bytes = new Uint8Array(256);
  readonly #ends: number[] = [];
  #end = 0;

  /** Makes room for `bytes` more; returns where they go. Nothing is added before `end` says so. */
  room(bytes: number): { into: Uint8Array; at: number } {
    if (this.#end + bytes > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(2 * this.#bytes.length, this.#end + bytes));
      larger.set(this.#bytes.subarray(0, this.#end));
      this.#bytes = larger;
    }
    return { into: this.#bytes, at: this.#end };
  }

  /** Adds the piece that was written to the room given, up to `at`. */
  end(at: number): void {
    this.#end = at;
    this.#ends.push(at);
  }

  add(bytes: Uint8Array): void {
    const { into, at } = this.room(bytes.length);
    into.set(bytes, at);
    this.end(at + bytes.length);
  }

  /** Bytes of all pieces. */
  get bytes(): number {
    return this.#end;
  }

  /** The `i`-th piece; valid until more room is made. */
  piece(i: number): Uint8Array {
    return this.#bytes.subarray(i === 0 ? 0 : this.#ends[i - 1], this.#ends[i]);
  }

  packed(): { bytes: Uint8Array<ArrayBuffer>; ends: Uint32Array<ArrayBuffer> } {
    return { bytes: this.#bytes.slice(0, this.#end), ends: Uint32Array.from(this.#ends) };
  }
}
