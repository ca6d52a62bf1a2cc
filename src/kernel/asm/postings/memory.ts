/*
 * Regions of an inverted index's memory: a pointer that rises, and lists of what was given back, one for each class of
 * sizes (four to a power of two, so that a fifth at most is lost). The memory is grown by the caller, never here.
 */
import * as L from '../../postings-layout';

const LEAST: u32 = 16;

/** The size that a region of so many bytes has. */
@inline export function sized(bytes: u32): u32 {
  if (bytes <= LEAST) return LEAST;
  const step: u32 = 1 << (29 - clz(bytes - 1));
  return (bytes + step - 1) & ~(step - 1);
}

/** Address of the first free region of a size, which is one that `sized` gives. */
@inline function headOf(size: u32): u32 {
  if (size == LEAST) return L.FREE;
  const power = 31 - clz(size - 1);
  return L.FREE + ((((power - 4) << 2) + (size >> (power - 2)) - 4) << 2);
}

/** 0 where the memory has to grow first. */
export function allocate(bytes: u32): u32 {
  const size = sized(bytes);
  const head = headOf(size);
  const free = load<u32>(head);
  if (free != 0) {
    store<u32>(head, load<u32>(free));
    return free;
  }
  const at = load<u32>(L.TOP);
  if (<u64>at + <u64>size > (<u64>memory.size()) << 16) return 0;
  store<u32>(L.TOP, at + size);
  return at;
}

/** Gives a region back that was allocated with as many bytes. */
export function release(at: u32, bytes: u32): void {
  const head = headOf(sized(bytes));
  store<u32>(at, load<u32>(head));
  store<u32>(head, at);
}

/** Sets up an empty memory: `fixed` and `length` are the parts of BM25's norm, 0 for weights. */
export function setUp(valueBytes: u32, fixed: f32, length: f32): void {
  store<u32>(L.TOP, L.REGIONS);
  store<u32>(L.VALUE_BYTES, valueBytes);
  store<f32>(L.NORM_FIXED, fixed);
  store<f32>(L.NORM_LENGTH, length);
}
