/* Keys of distances: an order-preserving image of a float32, so that lists are sorted by whole numbers. */

const float = new Float32Array(1);
const bits = new Int32Array(float.buffer);

export function keyOf(distance: number): number {
  float[0] = distance + 0;
  return (bits[0]! ^ ((bits[0]! >> 31) | 0x80000000)) >>> 0;
}

/** The distance that a key stands for. */
export function distanceOf(key: number): number {
  bits[0] = key & 0x80000000 ? key ^ 0x80000000 : ~key;
  return float[0]!;
}
