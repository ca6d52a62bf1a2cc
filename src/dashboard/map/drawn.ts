/*
 * Who draws the points: a thread of their own, where the browser gives a thread a canvas. One without a graphics card takes tens
 * of milliseconds to draw many, and the page would wait for each picture.
 */
import { drawWhole, type Look, pointDrawer } from './draw-points.ts';
import type { Order } from './draw-thread.ts';

export interface Drawn {
  /** Neither places nor colours are to be changed afterwards. */
  places(xy: Float32Array): void;
  colours(codes: Uint8Array): void;
  draw(look: Look): void;
  dispose(): void;
}

export const canDrawApart: boolean =
  typeof Worker === 'function' && 'transferControlToOffscreen' in HTMLCanvasElement.prototype;

/** Takes the canvas: nothing else can draw on it. `onFailed`: no thread came, or it has no WebGL. */
export function drawnApart(canvas: HTMLCanvasElement, onFailed: () => void): Drawn {
  const thread = new Worker(new URL('./draw-thread.js', import.meta.url), { type: 'module' });
  const send = (order: Order, transfer: Transferable[] = []): void => thread.postMessage(order, transfer);
  thread.onmessage = onFailed;
  thread.onerror = onFailed;
  const offscreen = canvas.transferControlToOffscreen();
  send({ canvas: offscreen }, [offscreen]);
  return {
    places: (places) => send({ places }),
    colours: (colours) => send({ colours }),
    draw: (look) => send({ look }),
    dispose: () => thread.terminate(),
  };
}

/** Undefined where the browser has no WebGL. */
export function drawnHere(canvas: HTMLCanvasElement): Drawn | undefined {
  const drawer = pointDrawer(canvas);
  return drawer && { ...drawer, draw: (look) => drawWhole(drawer, look) };
}
