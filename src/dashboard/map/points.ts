/* Which points lie where: the nearest to a pixel, those inside a line that was drawn, those on the screen. */
import { pixelX, pixelY, planeX, planeY, type Size, type View } from './view.ts';

export interface Placed {
  readonly xy: Float32Array;
  readonly gone: ReadonlySet<number>;
}

type Spot = readonly [x: number, y: number];

/** The nearest point within some pixels of a spot; -1 if there is none. */
export function pointAt(
  { xy, gone }: Placed,
  view: View,
  size: Size,
  [px, py]: Spot,
  within: number,
): number {
  const x = planeX(view, size, px);
  const y = planeY(view, size, py);
  let nearest = -1;
  let best = (within / view.scale) ** 2;
  for (let number = 0; 2 * number < xy.length; number++) {
    const square = (xy[2 * number]! - x) ** 2 + (xy[2 * number + 1]! - y) ** 2;
    if (square > best || gone.has(number)) continue;
    best = square;
    nearest = number;
  }
  return nearest;
}

/** Whether a line of pixels, closed, goes around a spot: by how often a ray from there crosses it. */
function isInside(line: readonly Spot[], x: number, y: number): boolean {
  let inside = false;
  for (let i = 0, before = line.length - 1; i < line.length; before = i++) {
    const [ax, ay] = line[i]!;
    const [bx, by] = line[before]!;
    if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
  }
  return inside;
}

export function pointsInside({ xy, gone }: Placed, view: View, size: Size, line: readonly Spot[]): number[] {
  const [xs, ys] = [line.map(([x]) => x), line.map(([, y]) => y)];
  const [left, right] = [Math.min(...xs), Math.max(...xs)];
  const [top, bottom] = [Math.min(...ys), Math.max(...ys)];
  const found: number[] = [];
  for (let number = 0; 2 * number < xy.length; number++) {
    const x = pixelX(view, size, xy[2 * number]!);
    const y = pixelY(view, size, xy[2 * number + 1]!);
    if (x < left || x > right || y < top || y > bottom || gone.has(number)) continue;
    if (isInside(line, x, y)) found.push(number);
  }
  return found;
}

export const pointsSeen = (placed: Placed, view: View, size: Size): number[] =>
  pointsInside(placed, view, size, [
    [0, 0],
    [size.width, 0],
    [size.width, size.height],
    [0, size.height],
  ]);
