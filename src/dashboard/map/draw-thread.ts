/*
 * The thread in which points are drawn (drawn.ts). What comes while a picture is made is of the next one. Between its steps
 * the rest of the browser has its turns.
 */
import { type Look, type PointDrawer, pointDrawer } from './draw-points.ts';

/** What the next picture shows; the canvas comes first. */
export interface Order {
  readonly canvas?: OffscreenCanvas;
  readonly places?: Float32Array;
  readonly colours?: Uint8Array;
  readonly look?: Look;
}

/** Of each frame, milliseconds in which points are drawn. */
const BUSY_MS = 8;

let drawer: PointDrawer | undefined;
let next: Order = {};
let draws = false;

const frame = (): Promise<unknown> => new Promise(requestAnimationFrame);

async function drawNext(by: PointDrawer): Promise<void> {
  const { places, colours, look } = next;
  next = {};
  if (places) by.places(places);
  if (colours) by.colours(colours);
  if (!look) return;
  let until = performance.now() + BUSY_MS;
  for (const _ of by.drawing(look)) {
    if (performance.now() < until) continue;
    await frame();
    until = performance.now() + BUSY_MS;
  }
}

async function drawAll(by: PointDrawer): Promise<void> {
  draws = true;
  while (Object.keys(next).length > 0) {
    await frame();
    await drawNext(by);
  }
  draws = false;
}

/** The page draws by itself then. */
const fail = (why: unknown): void => globalThis.postMessage(String(why));

globalThis.onmessage = ({ data: { canvas, ...order } }: MessageEvent<Order>): void => {
  if (canvas) drawer = pointDrawer(canvas);
  next = { ...next, ...order };
  if (!drawer) fail('no WebGL');
  else if (!draws) drawAll(drawer).catch(fail);
};
