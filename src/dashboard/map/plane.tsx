/*
 * The plane with its points: moved, made larger, and picked from by mouse, fingers and keys. What a tab draws over it (labels,
 * a walk) it draws itself, on a canvas of its own, in pixels of the page.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { type PointDrawer, pointDrawer } from './draw-points.ts';
import { useGestures } from './gestures.ts';
import { dotFor, paletteOf } from './palette.ts';
import { type Placed, pointAt } from './points.ts';
import { type Size, type View, viewOfAll } from './view.ts';

export interface Look {
  readonly view: View;
  readonly size: Size;
}

export interface PlaneProps extends Placed {
  /** What it is, for those who do not see it. */
  readonly says: string;
  /** A byte for each point: see map/draw-points.ts. */
  readonly codes: Uint8Array;
  readonly colours: readonly string[];
  /** The colour of points that have none; null: those without a value fade. */
  readonly plain: string | null;
  /** The entry of the legend that is looked at. */
  readonly only: number | null;
  readonly lasso: boolean;
  /** Draws over the points. */
  readonly over: (context: CanvasRenderingContext2D, look: Look) => void;
  readonly onPick: (number: number) => void;
  readonly onLasso: (line: readonly (readonly [number, number])[], look: Look) => void;
  /** Escape was pressed. */
  readonly onLeave: () => void;
  /** What is seen has changed. */
  readonly onLook?: (look: Look) => void;
}

/** From the middle of a point to where it is picked. */
const PICK_PIXELS = 14;

function useSize(box: { readonly current: HTMLElement | null }): Size {
  const [size, setSize] = useState<Size>({ width: 0, height: 0 });
  useEffect(() => {
    const element = box.current!;
    const observer = new ResizeObserver(() =>
      setSize({ width: element.clientWidth, height: element.clientHeight }),
    );
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  return size;
}

function resized(canvas: HTMLCanvasElement, { width, height }: Size): void {
  const ratio = Math.min(2, devicePixelRatio);
  const [across, down] = [Math.round(width * ratio), Math.round(height * ratio)];
  if (canvas.width !== across) canvas.width = across;
  if (canvas.height !== down) canvas.height = down;
}

interface Layers {
  readonly points: { readonly current: HTMLCanvasElement | null };
  readonly over: { readonly current: HTMLCanvasElement | null };
}

/** Draws once for each frame in which something has changed. Returns whether points can be drawn at all. */
function useDrawing(
  props: PlaneProps,
  { points, over }: Layers,
  { look, whole }: { readonly look: Look; readonly whole: View },
  line: readonly (readonly [number, number])[],
): boolean {
  const drawer = useRef<PointDrawer | undefined>(undefined);
  const [possible, setPossible] = useState(true);
  const [restored, setRestored] = useState(0);
  useEffect(() => {
    const canvas = points.current!;
    const begin = (): void => {
      drawer.current = pointDrawer(canvas);
      setPossible(drawer.current !== undefined);
      setRestored((times) => times + 1);
    };
    const lose = (event: Event): void => event.preventDefault();
    begin();
    canvas.addEventListener('webglcontextlost', lose);
    canvas.addEventListener('webglcontextrestored', begin);
    return () => {
      canvas.removeEventListener('webglcontextlost', lose);
      canvas.removeEventListener('webglcontextrestored', begin);
      drawer.current?.dispose();
    };
  }, []);
  useEffect(() => drawer.current?.places(props.xy), [props.xy, restored]);
  useEffect(() => drawer.current?.colours(props.codes), [props.codes, restored]);
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      const { view, size } = look;
      if (size.width === 0 || size.height === 0) return;
      resized(points.current!, size);
      resized(over.current!, size);
      const { dot, opacity } = dotFor(props.xy.length / 2, view.scale / whole.scale);
      const palette = paletteOf(props.colours, props.plain, opacity, props.only);
      drawer.current?.draw({ view, size, palette, dot });
      const context = over.current!.getContext('2d')!;
      const ratio = over.current!.width / size.width;
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
      props.over(context, look);
      drawLine(context, line, over.current!);
    });
    return () => cancelAnimationFrame(frame);
  });
  return possible;
}

function drawLine(
  context: CanvasRenderingContext2D,
  line: readonly (readonly [number, number])[],
  canvas: HTMLCanvasElement,
): void {
  if (line.length < 2) return;
  context.beginPath();
  for (const [x, y] of line) context.lineTo(x, y);
  context.closePath();
  context.strokeStyle = getComputedStyle(canvas).color;
  context.globalAlpha = 0.12;
  context.fillStyle = context.strokeStyle;
  context.fill();
  context.globalAlpha = 1;
  context.lineWidth = 1.5;
  context.setLineDash([5, 4]);
  context.stroke();
  context.setLineDash([]);
}

/** The view; that of all points as long as nobody has moved it. */
function useView({ xy, gone }: Placed, size: Size) {
  const [chosen, setChosen] = useState<View | null>(null);
  const whole = useRef<{ readonly xy: Float32Array; readonly size: Size; readonly view: View } | null>(null);
  if (whole.current?.xy !== xy || whole.current.size !== size)
    whole.current = { xy, size, view: viewOfAll(xy, (number) => gone.has(number), size) };
  return { view: chosen ?? whole.current.view, whole: whole.current.view, setView: setChosen };
}

export function Plane(props: PlaneProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const points = useRef<HTMLCanvasElement>(null);
  const over = useRef<HTMLCanvasElement>(null);
  const size = useSize(box);
  const { view, whole, setView } = useView(props, size);
  const look = { view, size };
  const pick = (spot: readonly [number, number], within = PICK_PIXELS): void =>
    props.onPick(pointAt(props, view, size, spot, within));
  const { line, keys } = useGestures(box, {
    ...{ look, whole, setView, pick, lasso: props.lasso },
    onLasso: (drawn) => props.onLasso(drawn, look),
    onLeave: props.onLeave,
  });
  const possible = useDrawing(props, { points, over }, { look, whole }, line);
  useEffect(() => {
    const timer = setTimeout(() => props.onLook?.({ view, size }), 120);
    return () => clearTimeout(timer);
  }, [view.x, view.y, view.scale, size, props.xy, props.codes]);
  return (
    <div
      class={`plane ${props.lasso ? 'draws' : ''}`}
      ref={box}
      role="application"
      aria-label={props.says}
      aria-roledescription="map"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it is moved by keys
      tabIndex={0}
      onKeyDown={keys}
    >
      <canvas ref={points} />
      <canvas ref={over} />
      <span class="cross" aria-hidden="true" />
      {!possible && (
        <p class="instead" role="status">
          This browser has no WebGL, by which the points are drawn. The legend, the labels and the other tabs
          work without.
        </p>
      )}
    </div>
  );
}
