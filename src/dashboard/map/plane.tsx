/*
 * The plane with its points: moved, made larger, and picked from by mouse, fingers and keys. What a tab draws over it (labels,
 * a walk) it draws itself, on a canvas of its own, in pixels of the page.
 */
import type { JSX } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import { pixelsOf, resize } from './draw-points.ts';
import { canDrawApart, type Drawn, drawnApart, drawnHere } from './drawn.ts';
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

function ratioNow(): number {
  return Math.min(2, devicePixelRatio);
}

/** The drawer of points; undefined where there is none yet, or none at all. A canvas of another `key` is another one. */
function useDrawer(points: { readonly current: HTMLCanvasElement | null }) {
  const [apart, setApart] = useState(canDrawApart);
  const [drawer, setDrawer] = useState<Drawn>();
  const [possible, setPossible] = useState(true);
  useEffect(() => {
    const canvas = points.current!;
    const made = apart ? drawnApart(canvas, () => setApart(false)) : drawnHere(canvas);
    setDrawer(made);
    setPossible(made !== undefined);
    return () => made?.dispose();
  }, [apart]);
  return { drawer, possible, key: apart ? 'apart' : 'here' };
}

/** Draws the points where they, their colours or the view have changed: a picture of many is dear. */
function usePoints(props: PlaneProps, { view, size }: Look, whole: View, drawer: Drawn | undefined) {
  const { xy, codes, colours, plain, only } = props;
  const ratio = ratioNow();
  useEffect(() => drawer?.places(xy), [drawer, xy]);
  useEffect(() => drawer?.colours(codes), [drawer, codes]);
  useEffect(() => {
    if (size.width === 0 || size.height === 0) return undefined;
    const frame = requestAnimationFrame(() => {
      const { dot, opacity } = dotFor(xy.length / 2, view.scale / whole.scale);
      const palette = paletteOf(colours, plain, opacity, only);
      drawer?.draw({ view, size, palette, dot, ratio });
    });
    return () => cancelAnimationFrame(frame);
  }, [drawer, xy, codes, view, size, whole, colours.join(), plain, only, ratio]);
}

/** Draws what lies over the points once for each frame in which something has changed. */
function useOver(
  props: PlaneProps,
  canvas: { readonly current: HTMLCanvasElement | null },
  look: Look,
  line: readonly (readonly [number, number])[],
): void {
  const { size } = look;
  useEffect(() => {
    const frame = requestAnimationFrame(() => {
      if (size.width === 0 || size.height === 0) return;
      const ratio = ratioNow();
      const context = canvas.current!.getContext('2d')!;
      resize(canvas.current!, ...pixelsOf(size, ratio));
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.clearRect(0, 0, size.width, size.height);
      props.over(context, look);
      drawLine(context, line, canvas.current!);
    });
    return () => cancelAnimationFrame(frame);
  });
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
  const { drawer, possible, key } = useDrawer(points);
  usePoints(props, look, whole, drawer);
  useOver(props, over, look, line);
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
      <div aria-hidden="true">
        <canvas ref={points} key={key} />
        <canvas ref={over} />
      </div>
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
