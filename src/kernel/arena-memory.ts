/*
 * The shared memory of one arena: its growth, typed views of it, and what its descriptor says that changes. The views are
 * made again when the memory grows; the bytes stay where they are.
 */
import { SiltError } from '../base/errors.js';
import type { Pool } from '../platform/pool.js';
import type { Geometry } from './geometry.js';
import * as L from './layout.js';
import type { ScratchLayout } from './scratch.js';

const PAGE = 65_536;

/** What a worker needs to work on an arena: can be posted. */
export interface ArenaHandle {
  readonly memory: WebAssembly.Memory;
  /** Of the memory: for the pool. */
  readonly number: number;
  readonly scratch: ScratchLayout;
  readonly dimension: number;
  /** Linkers, and searching threads behind them, for which there is scratch. */
  readonly threads: number;
  readonly searchers: number;
}

export class ArenaMemory {
  readonly memory: WebAssembly.Memory;
  /** Under which workers are told of this memory. */
  readonly number: number;
  readonly #pool: Pool;
  readonly #geometry: Geometry;
  bytes!: Uint8Array;
  words!: Int32Array;
  floats!: Float32Array;
  longs!: BigUint64Array;

  constructor(pool: Pool, geometry: Geometry, maxBytes: number) {
    this.#pool = pool;
    this.#geometry = geometry;
    const first = geometry.blocks + geometry.blockBytes;
    if (geometry.capacity < geometry.blockRows) {
      throw new SiltError(
        'INVALID_OPTION',
        `an arena of ${maxBytes} bytes has no room for a block of ${geometry.blockRows} rows (${first} bytes)`,
      );
    }
    this.memory = newMemory(Math.ceil(first / PAGE), Math.floor(maxBytes / PAGE));
    this.number = pool.track(this.memory);
    this.#refreshViews();
    this.words.set(new Int32Array(geometry.descriptor.buffer), L.DESC / 4);
  }

  /** Nobody uses the arena any more: its memory leaves the process, as soon as collectors allow. */
  close(): void {
    this.#pool.release(this.number);
  }

  #refreshViews(): void {
    const { buffer } = this.memory;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.longs = new BigUint64Array(buffer);
  }

  /** Grows the memory until it holds `rows` rows; by an eighth at least, so that growing stays rare. */
  reserve(rows: number): void {
    const { blocks, blockBytes, blockRows, capacity } = this.#geometry;
    const need = blocks + Math.ceil(rows / blockRows) * blockBytes;
    const have = this.memory.buffer.byteLength;
    if (need <= have) return;
    const most = blocks + (capacity / blockRows) * blockBytes;
    const want = Math.min(Math.max(need, have + (have - blocks) / 8), most);
    try {
      this.memory.grow(Math.ceil((want - have) / PAGE));
    } catch (cause) {
      throw new SiltError('OUT_OF_MEMORY', `out of memory: the index has ${have} bytes and needs ${want}`, {
        cause,
      });
    }
    this.#refreshViews();
  }

  /** Publishes the rows below `rows`: whoever reads the count sees them whole. */
  setRows(rows: number): void {
    Atomics.store(this.words, (L.DESC + L.D_ROWS) / 4, rows);
  }

  /** Entry point; -1 while the graph is empty. Its level is that of the row, which never changes. */
  get entryRow(): number {
    return Atomics.load(this.words, (L.DESC + L.D_ENTRY) / 4);
  }

  setEntry(row: number, level: number): void {
    const entry = (BigInt(level) << 32n) | BigInt(row >>> 0);
    Atomics.store(this.longs, (L.DESC + L.D_ENTRY) / 8, BigInt.asUintN(64, entry));
  }

  /** A copy of the origin of the codes. */
  copyOrigin(): Uint8Array {
    return this.#copy(L.FRONT, this.#geometry.originBytes);
  }

  pasteOrigin(bytes: Uint8Array): void {
    this.bytes.set(bytes, L.FRONT);
  }

  /** A copy of `bytes` bytes of blocks, from offset `at`. */
  copyBlocks(at: number, bytes: number): Uint8Array {
    return this.#copy(this.#geometry.blocks + at, bytes);
  }

  pasteBlocks(at: number, bytes: Uint8Array): void {
    this.bytes.set(bytes, this.#geometry.blocks + at);
  }

  #copy(at: number, bytes: number): Uint8Array {
    return Uint8Array.from(this.bytes.subarray(at, at + bytes));
  }
}

function newMemory(initial: number, maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum, shared: true });
  } catch (cause) {
    throw new SiltError(
      'OUT_OF_MEMORY',
      `cannot allocate an arena of ${initial * PAGE} bytes. Node reserves 10 GB of address space for it: raise the limit of ` +
        'the process (ulimit -v), or start node with --disable-wasm-trap-handler, which reserves less',
      { cause },
    );
  }
}
