/* How a layout lies in the plane: distances in it stay what they are. */

/** A layout of before: rows with 1 in `placed` have their places in `xy`. */
export interface Placed {
  readonly xy: Float32Array;
  readonly placed: Uint8Array;
}

type Spot = readonly [x: number, y: number];

/** The middle of the rows that count. */
function meanOf(xy: Float32Array, counts: (row: number) => boolean): Spot {
  let [x, y, rows] = [0, 0, 0];
  for (let row = 0; 2 * row < xy.length; row++) {
    if (!counts(row)) continue;
    x += xy[2 * row]!;
    y += xy[2 * row + 1]!;
    rows++;
  }
  return [x / Math.max(1, rows), y / Math.max(1, rows)];
}

interface Turn {
  readonly angle: number;
  /** -1: the plane is seen from behind. */
  readonly side: 1 | -1;
  readonly around: Spot;
  /** Where that spot comes to lie. */
  readonly to: Spot;
}

function turn(xy: Float32Array, { angle, side, around: [x, y], to }: Turn): void {
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  for (let at = 0; at < xy.length; at += 2) {
    const [right, up] = [xy[at]! - x, side * (xy[at + 1]! - y)];
    xy[at] = to[0] + right * cos - up * sin;
    xy[at + 1] = to[1] + up * cos + right * sin;
  }
}

/** So that it is longest from left to right, as screens are, with its mean in the middle. */
export function lieDown(xy: Float32Array): void {
  const mean = meanOf(xy, () => true);
  let [xx, xy2, yy] = [0, 0, 0];
  for (let at = 0; at < xy.length; at += 2) {
    const [right, up] = [xy[at]! - mean[0], xy[at + 1]! - mean[1]];
    xx += right * right;
    xy2 += 2 * right * up;
    yy += up * up;
  }
  turn(xy, { angle: -Math.atan2(xy2, xx - yy) / 2, side: 1, around: mean, to: [0, 0] });
}

/** So that rows which were there before lie nearest to where they were: the orthogonal Procrustes problem, in two dimensions. */
export function lieLike(before: Placed, xy: Float32Array): void {
  const counts = (row: number): boolean => before.placed[row] === 1;
  const [now, then] = [meanOf(xy, counts), meanOf(before.xy, counts)];
  // Of products of the one with the other: those of equal axes, and those of different ones.
  let [xx, yy, xy2, yx] = [0, 0, 0, 0];
  for (let row = 0; row < before.placed.length; row++) {
    if (!counts(row)) continue;
    const [right, up] = [xy[2 * row]! - now[0], xy[2 * row + 1]! - now[1]];
    const [rightThen, upThen] = [before.xy[2 * row]! - then[0], before.xy[2 * row + 1]! - then[1]];
    xx += right * rightThen;
    yy += up * upThen;
    xy2 += right * upThen;
    yx += up * rightThen;
  }
  const side = Math.hypot(xx - yy, xy2 + yx) > Math.hypot(xx + yy, xy2 - yx) ? -1 : 1;
  turn(xy, { angle: Math.atan2(xy2 - side * yx, xx + side * yy), side, around: now, to: then });
}
