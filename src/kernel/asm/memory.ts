/* Addresses of rows and their parts. Everything is read from the descriptor: kernels own no memory. */
import * as L from '../layout';

/** End of a list of links, as the unsigned number it is (a bare literal of this size is an i64 here). */
export const NONE: u32 = 0xffffffff;

@inline export function field(offset: i32): u32 {
  return load<u32>(L.DESC + offset);
}

@inline function part(row: u32, section: i32): u32 {
  return field(L.D_BLOCKS) + (row >> field(L.D_BLOCK_SHIFT)) * field(L.D_BLOCK_BYTES) + field(section);
}

@inline function slot(row: u32): u32 {
  return row & ((1 << field(L.D_BLOCK_SHIFT)) - 1);
}

@inline export function codeOf(row: u32): u32 {
  return part(row, L.D_SEC_CODES) + slot(row) * field(L.D_CODE_STRIDE);
}

/** Addresses of the codes of the four rows that stand at `rows`. */
@inline export function codesOfFour(rows: u32): v128 {
  const shift = field(L.D_BLOCK_SHIFT);
  const four = v128.load(rows);
  const first = i32x4.splat(field(L.D_BLOCKS) + field(L.D_SEC_CODES));
  const blocks = i32x4.mul(i32x4.shr_u(four, shift), v128.load_splat<u32>(L.DESC + L.D_BLOCK_BYTES));
  const slots = v128.and(four, i32x4.splat((1 << shift) - 1));
  return i32x4.add(i32x4.add(first, blocks), i32x4.mul(slots, v128.load_splat<u32>(L.DESC + L.D_CODE_STRIDE)));
}

@inline export function stateOf(row: u32): u32 {
  return part(row, L.D_SEC_STATES) + slot(row);
}

@inline export function levelOf(row: u32): u32 {
  return part(row, L.D_SEC_LEVELS) + slot(row);
}

@inline export function upperSlotOf(row: u32): u32 {
  return part(row, L.D_SEC_UPPER_SLOT) + (slot(row) << 1);
}

@inline export function lockOf(row: u32): u32 {
  return part(row, L.D_SEC_LOCKS) + (slot(row) << 2);
}

@inline export function normOf(row: u32): u32 {
  return part(row, L.D_SEC_NORMS) + (slot(row) << 2);
}

/** Address of the float32 vector of a row: `dimension` floats, zero-padded to a multiple of four. */
export function vectorOf(row: u32): u32 {
  return part(row, L.D_SEC_VECTORS) + slot(row) * field(L.D_VECTOR_STRIDE);
}

/** Address of the 64-bit id of a row. */
export function idOf(row: u32): u32 {
  return part(row, L.D_SEC_IDS) + (slot(row) << 3);
}

/** Address of the links of a row on one level: `linksMax(level)` rows, ended early by NONE. */
@inline export function linksOf(row: u32, level: u32): u32 {
  if (level == 0) return part(row, L.D_SEC_LINKS) + slot(row) * (field(L.D_M0) << 2);
  return part(row, L.D_SEC_UPPER) + (<u32>load<u16>(upperSlotOf(row)) + level - 1) * (field(L.D_M) << 2);
}

@inline export function linksMax(level: u32): u32 {
  return level == 0 ? field(L.D_M0) : field(L.D_M);
}

/** The bit of a row in a set that has one for each. */
@inline export function bitOf(set: u32, row: u32): u32 {
  return (load<u32>(set + ((row >> 5) << 2)) >> (row & 31)) & 1;
}

/** State bits of a row. */
export function stateGet(row: u32): u32 {
  return atomic.load<u8>(stateOf(row));
}

/** Sets state bits of a row; returns the bits before. Whoever sees a bit unset here was first to set it. */
export function stateSet(row: u32, bits: u32): u32 {
  return atomic.or<u8>(stateOf(row), <u8>bits);
}

/** Sets `bits` if the state is still exactly `expected`; returns the state before. */
export function stateSwap(row: u32, expected: u32, bits: u32): u32 {
  return atomic.cmpxchg<u8>(stateOf(row), <u8>expected, <u8>bits);
}
