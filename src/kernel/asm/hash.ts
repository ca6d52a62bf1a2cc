/*
 * Hashes of what rows contain, by which rows that equal a query are looked up (hnsw/copies.ts). They stay in the process that
 * made them: no file has them.
 *
 * Sixteen independent sums, each over every sixteenth word, mixed as in xxHash and MurmurHash3. Where hashes are equal, the
 * caller compares the words.
 */
const ODD: i32 = 0x9e3779b1;
const MIX: i32 = 0x85ebca6b;

@inline function round(sum: v128, words: v128): v128 {
  const product = i32x4.mul(v128.xor(sum, words), i32x4.splat(ODD));
  return v128.xor(product, i32x4.shr_u(product, 15));
}

/** Words as they count: adding 0 makes 0 of -0, and leaves other finite floats as they are. */
@inline function wordsAt(at: u32, floats: u32): v128 {
  const words = v128.load(at);
  return floats ? f32x4.add(words, f32x4.splat(0)) : words;
}

/** 32 bits of the `bytes` bytes from `at` on, a multiple of 16. */
export function hash(at: u32, bytes: u32, floats: u32): u32 {
  let a = i32x4.splat(1);
  let b = i32x4.splat(2);
  let c = i32x4.splat(3);
  let d = i32x4.splat(4);
  const end = at + bytes;
  for (const whole = at + (bytes & ~63); at < whole; at += 64) {
    a = round(a, wordsAt(at, floats));
    b = round(b, wordsAt(at + 16, floats));
    c = round(c, wordsAt(at + 32, floats));
    d = round(d, wordsAt(at + 48, floats));
  }
  for (; at < end; at += 16) a = round(a, wordsAt(at, floats));
  const all = round(round(round(a, b), c), d);
  let sum = i32x4.extract_lane(all, 0);
  sum = mixed(sum ^ i32x4.extract_lane(all, 1));
  sum = mixed(sum ^ i32x4.extract_lane(all, 2));
  return mixed(sum ^ i32x4.extract_lane(all, 3));
}

@inline function mixed(sum: i32): i32 {
  sum = (sum ^ (<u32>sum >> 16)) * MIX;
  sum = (sum ^ (<u32>sum >> 13)) * ODD;
  return sum ^ (<u32>sum >> 16);
}
