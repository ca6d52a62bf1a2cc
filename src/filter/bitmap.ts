/*
 * Sets of slots, compressed: roaring bitmaps in the memory of a WebAssembly module. What is in that memory is
 * freed by `dispose` alone.
 */
import roaring, { type RoaringBitmap32 } from 'roaring-wasm';
import { countBelow, setSlots } from './bits.js';
import { checkContainers, markContainers } from './containers.js';

const SLOTS_MAX = 2 ** 32;

/** Where bitmaps are serialised to be read at once: fresh memory would cost ten times as much. */
let scratch = new Uint8Array(65_536);

/**
 * So many slots at most are read as a list, in a fifth less time than as containers. Among more there may be containers
 * that are bitmaps, of which a list takes longer.
 */
const FEW = 4_096;
const list = new Uint32Array(FEW);

export class Bitmap {
  readonly #slots: RoaringBitmap32;

  /** Of slots that ascend: others are taken too, at fifty times the cost. */
  constructor(slots?: readonly number[] | Uint32Array) {
    this.#slots = new roaring.RoaringBitmap32(slots);
  }

  /**
   * Reads what `dump` wrote; slots from `rows` on are left out.
   *
   * @throws SnapshotError for malformed bytes
   */
  static load(bytes: Uint8Array, rows: number): Bitmap {
    checkContainers(bytes);
    const bitmap = new Bitmap();
    bitmap.#slots.deserialize('portable', bytes);
    if (rows < SLOTS_MAX) bitmap.#slots.removeRange(rows, SLOTS_MAX);
    return bitmap;
  }

  get size(): number {
    return this.#slots.size;
  }

  add(slot: number): void {
    this.#slots.add(slot);
  }

  /** Adds the slots below `upTo` to a dense set that covers them. */
  markInto(words: Uint32Array, upTo: number): void {
    const count = this.#slots.size;
    if (count <= FEW) {
      this.#slots.toUint32Array(list);
      setSlots(words, list, countBelow(list, count, upTo));
      return;
    }
    const size = this.#slots.getSerializationSizeInBytes('portable');
    if (size > scratch.length) scratch = new Uint8Array(2 * size);
    markContainers(this.#slots.serialize('portable', scratch), words, upTo);
  }

  toArray(): number[] {
    return this.#slots.toArray();
  }

  dump(): Uint8Array {
    return this.#slots.serialize('portable');
  }

  dispose(): void {
    this.#slots.dispose();
  }
}
