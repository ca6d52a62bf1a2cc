/*
 * The shared memory of one arena, and typed views of it. The views are made anew when the memory grows; the bytes
 * stay where they are.
 */
import { SiltError } from '../base/errors.js';
import type { Geometry } from '../kernel/geometry.js';
import * as L from '../kernel/layout.js';
import type { VectorLike } from '../kernel/metrics.js';
import { releaseMemory, trackMemory } from '../platform/node/release.js';

const PAGE = 65_536;

export class ArenaMemory {
  readonly memory: WebAssembly.Memory;
  /** Under which workers are told of this memory. */
  readonly number: number;
  readonly #geometry: Geometry;
  bytes!: Uint8Array;
  words!: Int32Array;
  floats!: Float32Array;
  ids!: BigUint64Array;
  /** Words of the calling thread's result list: per entry the row (shifted by two), then the key of the distance. */
  results!: Uint32Array;
  /** Words of the beam that a walk or a scan of codes leaves, likewise. */
  beam!: Uint32Array;
  /** A bit for each row that the calling thread's filtered search may find. */
  admitted!: Uint32Array;

  constructor(geometry: Geometry, maxBytes: number) {
    this.#geometry = geometry;
    const first = geometry.blocks + geometry.blockBytes;
    if (geometry.capacity < geometry.blockRows) {
      throw new SiltError(
        'INVALID_OPTION',
        `an arena of ${maxBytes} bytes has no room for a block of ${geometry.blockRows} rows (${first} bytes)`,
      );
    }
    this.memory = newMemory(Math.ceil(first / PAGE), Math.floor(maxBytes / PAGE));
    this.number = trackMemory(this.memory);
    this.#refreshViews();
    this.words.set(new Int32Array(geometry.descriptor.buffer), L.DESC / 4);
  }

  /** Nobody uses the arena any more: its memory leaves the process, as soon as collectors allow. */
  close(): void {
    releaseMemory(this.number);
  }

  #refreshViews(): void {
    const { buffer } = this.memory;
    const { descriptor, scratch } = this.#geometry;
    this.bytes = new Uint8Array(buffer);
    this.words = new Int32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.ids = new BigUint64Array(buffer);
    this.results = new Uint32Array(buffer, scratch + descriptor[L.D_S_RESULTS / 4]!, 2 * L.LIST_MAX);
    const admitted = scratch + descriptor[L.D_S_ADMITTED / 4]!;
    this.admitted = new Uint32Array(buffer, admitted, Math.ceil(this.#geometry.capacity / 32));
    this.beam = new Uint32Array(buffer, scratch + descriptor[L.D_S_BEAM / 4]!, 2 * L.LIST_MAX);
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
      throw new SiltError('OUT_OF_MEMORY', `cannot grow an arena of ${have} bytes to ${want}`, { cause });
    }
    this.#refreshViews();
  }

  /** Writes the components at `address`, zero-padded to a multiple of four. */
  writeVector(address: number, vector: VectorLike): void {
    const at = address / 4;
    this.floats.set(vector, at);
    for (let i = vector.length; i & 3; i++) this.floats[at + i] = 0;
  }

  /** A copy of `bytes` bytes from `at`. */
  copy(at: number, bytes: number): Uint8Array {
    return Uint8Array.from(this.bytes.subarray(at, at + bytes));
  }
}

function newMemory(initial: number, maximum: number): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial, maximum, shared: true });
  } catch (cause) {
    throw new SiltError(
      'OUT_OF_MEMORY',
      `cannot make an arena of ${initial * PAGE} bytes. Node reserves 10 GB of address space for it: raise the limit of ` +
        'the process (ulimit -v), or start node with --disable-wasm-trap-handler, which reserves less',
      { cause },
    );
  }
}
