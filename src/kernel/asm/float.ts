/*
 * Distances between float32 vectors. Sixteen running sums, folded in one fixed order, so that every build
 * (scalar too) returns the same bits. Any length, any alignment.
 */

@inline export function fold(v: v128): f32 {
  const pairs = f32x4.add(v, v128.shuffle<f32>(v, v, 2, 3, 0, 1));
  return f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1);
}

@inline function fold4(a: v128, b: v128, c: v128, d: v128): f32 {
  return fold(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)));
}

export function dotFloat(a: u32, b: u32, length: u32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const wide = a + ((length & ~15) << 2);
  const narrow = a + ((length & ~3) << 2);
  const end = a + (length << 2);
  for (; a < wide; a += 64, b += 64) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)));
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)));
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)));
  }
  for (; a < narrow; a += 16, b += 16) s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)));
  let sum = fold4(s0, s1, s2, s3);
  for (; a < end; a += 4, b += 4) sum += load<f32>(a) * load<f32>(b);
  return sum;
}

@inline function squaredDifference(a: u32, b: u32, offset: u32): v128 {
  const d = f32x4.sub(v128.load(a + offset), v128.load(b + offset));
  return f32x4.mul(d, d);
}

export function squaredFloat(a: u32, b: u32, length: u32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const wide = a + ((length & ~15) << 2);
  const narrow = a + ((length & ~3) << 2);
  const end = a + (length << 2);
  for (; a < wide; a += 64, b += 64) {
    s0 = f32x4.add(s0, squaredDifference(a, b, 0));
    s1 = f32x4.add(s1, squaredDifference(a, b, 16));
    s2 = f32x4.add(s2, squaredDifference(a, b, 32));
    s3 = f32x4.add(s3, squaredDifference(a, b, 48));
  }
  for (; a < narrow; a += 16, b += 16) s0 = f32x4.add(s0, squaredDifference(a, b, 0));
  let sum = fold4(s0, s1, s2, s3);
  for (; a < end; a += 4, b += 4) {
    const d = load<f32>(a) - load<f32>(b);
    sum += d * d;
  }
  return sum;
}

@inline function magnitude(a: u32, b: u32, offset: u32): v128 {
  return f32x4.abs(f32x4.sub(v128.load(a + offset), v128.load(b + offset)));
}

/** The sum of the magnitudes of the differences. */
export function absoluteFloat(a: u32, b: u32, length: u32): f32 {
  let s0 = f32x4.splat(0);
  let s1 = f32x4.splat(0);
  let s2 = f32x4.splat(0);
  let s3 = f32x4.splat(0);
  const wide = a + ((length & ~15) << 2);
  const narrow = a + ((length & ~3) << 2);
  const end = a + (length << 2);
  for (; a < wide; a += 64, b += 64) {
    s0 = f32x4.add(s0, magnitude(a, b, 0));
    s1 = f32x4.add(s1, magnitude(a, b, 16));
    s2 = f32x4.add(s2, magnitude(a, b, 32));
    s3 = f32x4.add(s3, magnitude(a, b, 48));
  }
  for (; a < narrow; a += 16, b += 16) s0 = f32x4.add(s0, magnitude(a, b, 0));
  let sum = fold4(s0, s1, s2, s3);
  for (; a < end; a += 4, b += 4) sum += abs(load<f32>(a) - load<f32>(b));
  return sum;
}

/** The dot product in float64. */
export function dotWide(a: u32, b: u32, length: u32): f64 {
  let sum: f64 = 0;
  for (let i: u32 = 0; i < length; i++) sum += <f64>load<f32>(a + (i << 2)) * <f64>load<f32>(b + (i << 2));
  return sum;
}
