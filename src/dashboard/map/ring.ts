/* A ring around a point. */
import type { Look } from './plane.tsx';
import { pixelX, pixelY } from './view.ts';

export function drawRing(
  context: CanvasRenderingContext2D,
  { view, size }: Look,
  xy: Float32Array,
  number: number,
  colour: string,
  radius: number,
): void {
  context.beginPath();
  context.arc(
    pixelX(view, size, xy[2 * number]!),
    pixelY(view, size, xy[2 * number + 1]!),
    radius,
    0,
    2 * Math.PI,
  );
  context.lineWidth = radius > 4 ? 2 : 1;
  context.strokeStyle = colour;
  context.stroke();
}
