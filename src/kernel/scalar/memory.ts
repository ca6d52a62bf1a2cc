/*
 * An arena's memory as plain numbers, and the addresses of rows and their parts. Everything is read from the
 * descriptor: like the other builds, this one keeps nothing between calls.
 */
import * as L from '../layout.js';

/** Looks at a memory before a row beyond its end is an error: another thread's growth arrives between them. */
const LOOKS = 10_000;

/** Told what a walk does: see trace.ts. */
export interface Watch {
  /** The links of a row are taken. */
  expanded(row: number, level: number): void;
  /** These rows were met for the first time in this walk of a level, and compared; the lists stand at two addresses. */
  met(n: number, rows: number, keys: number): void;
}

/**
 * Views of one memory, and the filter of the calling thread's searches. To compute the address of a row may
 * replace the views, where the memory has grown: so addresses come first, and views are not kept.
 */
export class Memory {
  u8!: Uint8Array;
  i8!: Int8Array;
  u16!: Uint16Array;
  i32!: Int32Array;
  u32!: Uint32Array;
  f32!: Float32Array;
  i64!: BigInt64Array;
  /** For vectors and bits at any alignment. */
  view!: DataView;
  bytes = 0;
  readonly accept: (row: number) => number;
  /** Of a walk that is explained. */
  watch: Watch | undefined;
  readonly #memory: WebAssembly.Memory;

  constructor(memory: WebAssembly.Memory, accept: (row: number) => number) {
    this.#memory = memory;
    this.accept = accept;
    this.fresh();
  }

  /** Takes up what the memory has grown to. */
  fresh(): this {
    const { buffer } = this.#memory;
    if (buffer.byteLength === this.bytes) return this;
    this.u8 = new Uint8Array(buffer);
    this.i8 = new Int8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.f32 = new Float32Array(buffer);
    this.i64 = new BigInt64Array(buffer);
    this.view = new DataView(buffer);
    this.bytes = buffer.byteLength;
    return this;
  }

  /** Makes sure that the views reach `end`: rows of a new block may be met in the middle of a walk. */
  reach(end: number): void {
    for (let looks = 0; this.bytes < end; looks++) {
      if (looks === LOOKS) throw new RangeError(`address ${end} is beyond a memory of ${this.bytes} bytes`);
      this.fresh();
    }
  }
}

export function field(m: Memory, offset: number): number {
  return m.u32[(L.DESC + offset) >>> 2]!;
}

function part(m: Memory, row: number, section: number): number {
  const blockBytes = field(m, L.D_BLOCK_BYTES);
  const block = field(m, L.D_BLOCKS) + (row >>> field(m, L.D_BLOCK_SHIFT)) * blockBytes;
  if (block + blockBytes > m.bytes) m.reach(block + blockBytes);
  return block + field(m, section);
}

/** Place of a row in its block. */
function slot(m: Memory, row: number): number {
  return row & ((1 << field(m, L.D_BLOCK_SHIFT)) - 1);
}

export function codeOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_CODES) + slot(m, row) * field(m, L.D_CODE_STRIDE);
}

export function stateOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_STATES) + slot(m, row);
}

export function levelOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_LEVELS) + slot(m, row);
}

export function upperSlotOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_UPPER_SLOT) + slot(m, row) * 2;
}

export function lockOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_LOCKS) + slot(m, row) * 4;
}

export function normOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_NORMS) + slot(m, row) * 4;
}

/** Address of the float32 vector of a row: `dimension` floats, zero-padded to a multiple of four. */
export function vectorOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_VECTORS) + slot(m, row) * field(m, L.D_VECTOR_STRIDE);
}

/** Address of the 64-bit id of a row. */
export function idOf(m: Memory, row: number): number {
  return part(m, row, L.D_SEC_IDS) + slot(m, row) * 8;
}

/** Address of the links of a row on one level: `linksMax(level)` rows, ended early by NONE. */
export function linksOf(m: Memory, row: number, level: number): number {
  if (level === 0) return part(m, row, L.D_SEC_LINKS) + slot(m, row) * field(m, L.D_M0) * 4;
  const lists = part(m, row, L.D_SEC_UPPER);
  const list = m.u16[upperSlotOf(m, row) >>> 1]! + level - 1;
  return lists + list * field(m, L.D_M) * 4;
}

export function linksMax(m: Memory, level: number): number {
  return field(m, level === 0 ? L.D_M0 : L.D_M);
}

/** Highest level that a row is linked on. */
export function topOf(m: Memory, row: number): number {
  const at = levelOf(m, row);
  return m.u8[at]!;
}

/** State bits of a row. */
export function stateGet(m: Memory, row: number): number {
  const at = stateOf(m, row);
  return Atomics.load(m.u8, at);
}

/** Sets state bits of a row; returns the bits before. Whoever sees a bit unset here was first to set it. */
export function stateSet(m: Memory, row: number, bits: number): number {
  const at = stateOf(m, row);
  return Atomics.or(m.u8, at, bits);
}

/** Sets `bits` if the state is still exactly `expected`; returns the state before. */
export function stateSwap(m: Memory, row: number, expected: number, bits: number): number {
  const at = stateOf(m, row);
  return Atomics.compareExchange(m.u8, at, expected, bits);
}

/** Whether a row's bit is set. */
export function hasBit(m: Memory, set: number, row: number): boolean {
  return ((m.u32[(set >>> 2) + (row >>> 5)]! >>> (row & 31)) & 1) !== 0;
}

/** Sets a row's bit; returns whether it was set before. */
export function setBit(m: Memory, set: number, row: number): boolean {
  const before = hasBit(m, set, row);
  m.i32[(set >>> 2) + (row >>> 5)]! |= 1 << (row & 31);
  return before;
}

/** Clears a row's bit; returns whether it was set before. */
export function clearBit(m: Memory, set: number, row: number): boolean {
  const before = hasBit(m, set, row);
  m.i32[(set >>> 2) + (row >>> 5)]! &= ~(1 << (row & 31));
  return before;
}

/** Rows published so far. */
export function rowCount(m: Memory): number {
  return Atomics.load(m.u32, (L.DESC + L.D_ROWS) >>> 2);
}

/** Entry point of the graph, row -1 while it is empty: one 64-bit word, so that row and level fit together. */
export function entryPoint(m: Memory): { row: number; level: number } {
  const word = Atomics.load(m.i64, (L.DESC + L.D_ENTRY) >>> 3);
  if (word < 0n) return { row: -1, level: -1 };
  return { row: Number(word & 0xffffffffn), level: Number(word >> 32n) };
}

export function setEntryPoint(m: Memory, row: number, level: number): void {
  Atomics.store(m.i64, (L.DESC + L.D_ENTRY) >>> 3, (BigInt(level) << 32n) | BigInt(row));
}
