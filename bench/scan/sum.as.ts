// The yardstick of the scan section: how fast one thread can read memory at all from WebAssembly. Adding is
// the cheapest thing that still needs every byte; eight accumulators keep the adds from waiting for each other.

export function sum(from: usize, to: usize): f32 {
  let a: v128 = f32x4.splat(0);
  let b: v128 = f32x4.splat(0);
  let c: v128 = f32x4.splat(0);
  let d: v128 = f32x4.splat(0);
  let e: v128 = f32x4.splat(0);
  let f: v128 = f32x4.splat(0);
  let g: v128 = f32x4.splat(0);
  let h: v128 = f32x4.splat(0);
  let at: usize = from;
  while (at + 128 <= to) {
    a = f32x4.add(a, v128.load(at));
    b = f32x4.add(b, v128.load(at, 16));
    c = f32x4.add(c, v128.load(at, 32));
    d = f32x4.add(d, v128.load(at, 48));
    e = f32x4.add(e, v128.load(at, 64));
    f = f32x4.add(f, v128.load(at, 80));
    g = f32x4.add(g, v128.load(at, 96));
    h = f32x4.add(h, v128.load(at, 112));
    at += 128;
  }
  a = f32x4.add(f32x4.add(f32x4.add(a, b), f32x4.add(c, d)), f32x4.add(f32x4.add(e, f), f32x4.add(g, h)));
  let total: f32 =
    f32x4.extract_lane(a, 0) + f32x4.extract_lane(a, 1) + f32x4.extract_lane(a, 2) + f32x4.extract_lane(a, 3);
  while (at < to) {
    total += load<f32>(at);
    at += 4;
  }
  return total;
}
