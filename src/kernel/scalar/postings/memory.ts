/* The memory of an inverted index as plain numbers, and its regions: see asm/postings/memory.ts. */
import * as L from '../../postings-layout.js';

const PAGE = 65_536;
const LEAST = 16;

/** Views of a memory, made again when it has grown. */
export class Memory {
  u16!: Uint16Array;
  u32!: Uint32Array;
  f32!: Float32Array;
  /** Of numbers of 64 bits, at any multiple of 4. */
  view!: DataView;
  #buffer: ArrayBuffer | SharedArrayBuffer | undefined;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory) {
    this.#memory = memory;
  }

  fresh(): this {
    const { buffer } = this.#memory;
    if (buffer === this.#buffer) return this;
    this.#buffer = buffer;
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.view = new DataView(buffer);
    return this;
  }
}

export function word(m: Memory, at: number): number {
  return m.u32[at >>> 2]!;
}

export function setWord(m: Memory, at: number, value: number): void {
  m.u32[at >>> 2] = value;
}

export function short(m: Memory, at: number): number {
  return m.u16[at >>> 1]!;
}

export function setShort(m: Memory, at: number, value: number): void {
  m.u16[at >>> 1] = value;
}

export function float(m: Memory, at: number): number {
  return m.f32[at >>> 2]!;
}

export function setFloat(m: Memory, at: number, value: number): void {
  m.f32[at >>> 2] = value;
}

export function wide(m: Memory, at: number): number {
  return m.view.getFloat64(at, true);
}

export function setWide(m: Memory, at: number, value: number): void {
  m.view.setFloat64(at, value, true);
}

export function sized(bytes: number): number {
  if (bytes <= LEAST) return LEAST;
  const step = 1 << (29 - Math.clz32(bytes - 1));
  return Math.ceil(bytes / step) * step;
}

function headOf(size: number): number {
  if (size === LEAST) return L.FREE;
  const power = 31 - Math.clz32(size - 1);
  return L.FREE + 4 * (4 * (power - 4) + (size >>> (power - 2)) - 4);
}

export function allocate(m: Memory, bytes: number): number {
  const size = sized(bytes);
  const head = headOf(size);
  const free = word(m, head);
  if (free !== 0) {
    setWord(m, head, word(m, free));
    return free;
  }
  const at = word(m, L.TOP);
  if (at + size > Math.floor(m.view.byteLength / PAGE) * PAGE) return 0;
  setWord(m, L.TOP, at + size);
  return at;
}

export function release(m: Memory, at: number, bytes: number): void {
  const head = headOf(sized(bytes));
  setWord(m, at, word(m, head));
  setWord(m, head, at);
}

export function setUp(m: Memory, valueBytes: number, fixed: number, length: number): void {
  setWord(m, L.TOP, L.REGIONS);
  setWord(m, L.VALUE_BYTES, valueBytes);
  setFloat(m, L.NORM_FIXED, fixed);
  setFloat(m, L.NORM_LENGTH, length);
}
