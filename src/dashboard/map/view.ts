/* Which part of the plane is seen: from places to pixels and back. */

export interface View {
  /** Of the plane, in the middle of the picture. */
  readonly x: number;
  readonly y: number;
  /** Pixels for one unit of the plane. */
  readonly scale: number;
}

export interface Size {
  readonly width: number;
  readonly height: number;
}

const MARGIN = 24;
const ZOOM_MOST = 400;

export const pixelX = (view: View, { width }: Size, x: number): number =>
  (x - view.x) * view.scale + width / 2;
export const pixelY = (view: View, { height }: Size, y: number): number =>
  height / 2 - (y - view.y) * view.scale;
export const planeX = (view: View, { width }: Size, pixel: number): number =>
  (pixel - width / 2) / view.scale + view.x;
export const planeY = (view: View, { height }: Size, pixel: number): number =>
  (height / 2 - pixel) / view.scale + view.y;

/** All points that are there. */
export function viewOfAll(xy: Float32Array, isGone: (number: number) => boolean, size: Size): View {
  let [left, right, low, high] = [Infinity, -Infinity, Infinity, -Infinity];
  for (let number = 0; 2 * number < xy.length; number++) {
    if (isGone(number)) continue;
    left = Math.min(left, xy[2 * number]!);
    right = Math.max(right, xy[2 * number]!);
    low = Math.min(low, xy[2 * number + 1]!);
    high = Math.max(high, xy[2 * number + 1]!);
  }
  if (left > right) return { x: 0, y: 0, scale: 10 };
  const room = (pixels: number): number => Math.max(1, pixels - 2 * MARGIN);
  const scale = Math.min(room(size.width) / (right - left || 1), room(size.height) / (high - low || 1));
  return { x: (left + right) / 2, y: (low + high) / 2, scale };
}

export const moved = (view: View, right: number, down: number): View => ({
  ...view,
  x: view.x - right / view.scale,
  y: view.y + down / view.scale,
});

/** Larger by a factor; what is at a pixel stays there. `whole`: the view of all points, which bounds it. */
export function zoomed(
  view: View,
  size: Size,
  whole: View,
  by: number,
  [px, py]: readonly [number, number],
): View {
  const scale = Math.min(whole.scale * ZOOM_MOST, Math.max(whole.scale / 3, view.scale * by));
  const x = planeX(view, size, px);
  const y = planeY(view, size, py);
  return {
    x: x - (px - size.width / 2) / scale,
    y: y + (py - size.height / 2) / scale,
    scale,
  };
}
