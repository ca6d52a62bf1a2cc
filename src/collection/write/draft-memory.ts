/*
 * Memory for the vectors of drafts. The system clears each page of fresh memory when it is first touched, which takes
 * longer than the copying (784 dimensions: 1 µs a row). So what drafts had that are committed is used again.
 *
 * It is shared with the thread that writes the store, where a message would copy it twice. The calling thread writes it
 * until the draft is finished; from then on nobody writes it: the writing thread reads it until it has answered for the commit, the
 * calling thread until the entry is replayed. It is given back behind both, by the write queue, and only where
 * the store has copied it (`Store.copiesEntries`). A draft that comes to another end leaves its memory to the collector.
 */

/** Bytes that are kept, of each piece the half at most: two batches of 1,000 vectors with 1,000 components. */
export const KEPT_BYTES = 8_388_608;
/** Smaller pieces come from the heap, which has its pages already. */
const LEAST_BYTES = 65_536;

export class DraftMemory {
  /** The one that was given back last comes last. */
  readonly #kept: SharedArrayBuffer[] = [];
  #bytes = 0;

  /** So many components, whatever they are. */
  take(count: number): Float32Array<SharedArrayBuffer> {
    const bytes = 4 * count;
    // One that is far too large would be held for a write that counts for little.
    const at = this.#kept.findLastIndex(({ byteLength }) => byteLength >= bytes && byteLength <= 2 * bytes);
    const buffer = at < 0 ? new SharedArrayBuffer(bytes) : this.#kept.splice(at, 1)[0]!;
    if (at >= 0) this.#bytes -= buffer.byteLength;
    return new Float32Array(buffer, 0, count);
  }

  /** Nobody reads these components any more. */
  giveBack({ buffer }: Float32Array): void {
    const bytes = buffer.byteLength;
    if (!(buffer instanceof SharedArrayBuffer) || bytes < LEAST_BYTES || 2 * bytes > KEPT_BYTES) return;
    this.#kept.push(buffer);
    for (this.#bytes += bytes; this.#bytes > KEPT_BYTES; ) this.#bytes -= this.#kept.shift()!.byteLength;
  }
}
