/*
 * The memory of one inverted index, its growth, and typed views of it. No other thread sees it. Views are made again when
 * it grows: so addresses come first, and views are not kept.
 */
import { SiltError } from '../base/errors.js';
import type { KernelCode } from './builds.js';
import { bindPostings } from './postings-build.js';
import type { PostingsKernel } from './postings-kernel.js';
import * as L from './postings-layout.js';

const PAGE = 65_536;
/** One page less than 4 GiB: the end of the memory is an address as well. */
const PAGES_MAX = 65_535;
const PAGES_LEAST = 2;

/** Why memory cannot be had where there is enough. */
export const ADDRESS_SPACE: string =
  'Node reserves 10 GB of address space for it. Raise the limit of the process (ulimit -v), or start node with ' +
  '--disable-wasm-trap-handler, which reserves less';

export class PostingsMemory {
  readonly kernel: PostingsKernel;
  readonly #memory: WebAssembly.Memory;
  words!: Uint32Array;
  floats!: Float32Array;
  shorts!: Uint16Array;
  raw!: Uint8Array;

  constructor(code: KernelCode) {
    this.#memory = newMemory();
    this.kernel = bindPostings(code, this.#memory);
    this.#refresh();
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    this.words = new Uint32Array(buffer);
    this.floats = new Float32Array(buffer);
    this.shorts = new Uint16Array(buffer);
    this.raw = new Uint8Array(buffer);
  }

  /** Bytes of regions: what is in use or was given back to be used again. */
  get bytes(): number {
    return this.words[L.TOP / 4]!;
  }

  /** Grows by an eighth, and by what is needed, so that growing stays rare. */
  grow(bytes: number): void {
    const have = this.#memory.buffer.byteLength / PAGE;
    const want = Math.min(PAGES_MAX - have, Math.max(Math.ceil(bytes / PAGE), have >> 3, 1));
    try {
      if (want * PAGE < bytes) throw new RangeError('an inverted index has 4 GiB at most');
      this.#memory.grow(want);
    } catch (cause) {
      throw new SiltError(
        'OUT_OF_MEMORY',
        `out of memory: an inverted index of ${have * PAGE} bytes cannot grow`,
        {
          cause,
        },
      );
    }
    this.#refresh();
  }

  /** Calls `attempt` until it has the memory it needs. `bytes`: what it asks for at most. */
  withRoom(bytes: number, attempt: () => number): number {
    for (;;) {
      const at = attempt() >>> 0;
      if (at !== 0) return at;
      this.grow(2 * bytes);
    }
  }

  allocate(bytes: number): number {
    return this.withRoom(bytes, () => this.kernel.allocate(bytes));
  }

  /** A region of zeros. */
  allocateZeros(bytes: number): number {
    const at = this.allocate(bytes);
    this.words.fill(0, at / 4, (at + bytes) / 4);
    return at;
  }
}

function newMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: PAGES_LEAST });
  } catch (cause) {
    throw new SiltError('OUT_OF_MEMORY', `cannot allocate an inverted index: ${ADDRESS_SPACE}`, { cause });
  }
}
