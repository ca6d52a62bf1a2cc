/* Mouse, fingers and keys on the plane: moving, zooming, drawing a line around points, picking one. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { moved, type Size, type View, zoomed } from './view.ts';

type Spot = readonly [x: number, y: number];

interface Options {
  readonly look: { readonly view: View; readonly size: Size };
  readonly whole: View;
  readonly setView: (view: View | null) => void;
  readonly lasso: boolean;
  readonly pick: (spot: Spot, within?: number) => void;
  readonly onLasso: (line: readonly Spot[]) => void;
  readonly onLeave: () => void;
}

export interface Gestures {
  /** The line that is being drawn. */
  readonly line: readonly Spot[];
  readonly keys: (event: KeyboardEvent) => void;
}

/** A press that moves less is a click. */
const CLICK_PIXELS = 4;
const KEY_PIXELS = 60;
const KEY_ZOOM = 1.4;
/** What Enter picks: the point next to the middle, wherever it is on the screen. */
const MIDDLE_PIXELS = 120;

interface Press {
  readonly pointers: Map<number, Spot>;
  /** How far the first has moved in all. */
  path: number;
  draws: boolean;
}

const between = ([a, b]: Spot, [c, d]: Spot): number => Math.hypot(a - c, b - d);

/** One finger moves the view, two make it larger. */
function viewBehind(
  { look, whole }: Options,
  { pointers }: Press,
  id: number,
  before: Spot,
  spot: Spot,
): View {
  const [right, lower] = [spot[0] - before[0], spot[1] - before[1]];
  const other = [...pointers].find(([one]) => one !== id)?.[1];
  if (!other) return moved(look.view, right, lower);
  const grown = between(spot, other) / Math.max(1, between(before, other));
  const middle: Spot = [(spot[0] + other[0]) / 2, (spot[1] + other[1]) / 2];
  return moved(zoomed(look.view, look.size, whole, grown, middle), right / 2, lower / 2);
}

interface Drawing {
  readonly line: () => readonly Spot[];
  readonly draw: (line: readonly Spot[]) => void;
}

/** Listens to presses and the wheel; returns how to stop that. */
function listen(element: HTMLElement, now: () => Options, { line, draw }: Drawing): () => void {
  const press: Press = { pointers: new Map(), path: 0, draws: false };
  const spotOf = ({ clientX, clientY }: MouseEvent): Spot => {
    const { left, top } = element.getBoundingClientRect();
    return [clientX - left, clientY - top];
  };
  const down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    element.setPointerCapture(event.pointerId);
    press.pointers.set(event.pointerId, spotOf(event));
    press.path = press.pointers.size === 1 ? 0 : Number.POSITIVE_INFINITY; // two fingers pick nothing
    press.draws = press.pointers.size === 1 && (now().lasso || event.shiftKey);
    draw(press.draws ? [spotOf(event)] : []);
  };
  const move = (event: PointerEvent): void => {
    const before = press.pointers.get(event.pointerId);
    if (!before) return;
    const spot = spotOf(event);
    press.pointers.set(event.pointerId, spot);
    press.path += between(before, spot);
    if (press.draws) draw([...line(), spot]);
    else if (press.path >= CLICK_PIXELS)
      now().setView(viewBehind(now(), press, event.pointerId, before, spot));
  };
  const up = (event: PointerEvent): void => {
    if (!press.pointers.delete(event.pointerId)) return;
    const spots = line();
    const drew = press.draws;
    draw([]);
    press.draws = false;
    if (drew && spots.length > 2) now().onLasso(spots);
    else if (press.path < CLICK_PIXELS && event.type === 'pointerup') now().pick(spotOf(event));
  };
  const wheel = (event: WheelEvent): void => {
    event.preventDefault();
    const { look, whole, setView } = now();
    const pixels = event.deltaY * (event.deltaMode === WheelEvent.DOM_DELTA_LINE ? 16 : 1);
    setView(zoomed(look.view, look.size, whole, Math.exp(-pixels / 400), spotOf(event)));
  };
  const controller = new AbortController();
  const { signal } = controller;
  element.addEventListener('pointerdown', down, { signal });
  element.addEventListener('pointermove', move, { signal });
  element.addEventListener('pointerup', up, { signal });
  element.addEventListener('pointercancel', up, { signal });
  element.addEventListener('wheel', wheel, { passive: false, signal });
  return () => controller.abort();
}

export function useGestures(box: { readonly current: HTMLElement | null }, options: Options): Gestures {
  const now = useRef(options);
  now.current = options;
  const [line, setLine] = useState<readonly Spot[]>([]);
  const drawn = useRef<readonly Spot[]>([]);
  const draw = (spots: readonly Spot[]): void => {
    drawn.current = spots;
    setLine(spots);
  };
  useEffect(() => listen(box.current!, () => now.current, { line: () => drawn.current, draw }), []);
  const keys = (event: KeyboardEvent): void => {
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    const act = actions(now.current)[event.key];
    if (!act) return;
    event.preventDefault();
    if (event.key === 'Escape') draw([]);
    act();
  };
  return { line, keys };
}

/** What keys do. */
function actions({ look, whole, setView, pick, onLeave }: Options): Readonly<Record<string, () => void>> {
  const { view, size } = look;
  const middle: Spot = [size.width / 2, size.height / 2];
  const by = (right: number, lower: number) => (): void => setView(moved(view, right, lower));
  const larger = (factor: number) => (): void => setView(zoomed(view, size, whole, factor, middle));
  return {
    ArrowLeft: by(KEY_PIXELS, 0),
    ArrowRight: by(-KEY_PIXELS, 0),
    ArrowUp: by(0, KEY_PIXELS),
    ArrowDown: by(0, -KEY_PIXELS),
    '+': larger(KEY_ZOOM),
    '=': larger(KEY_ZOOM),
    '-': larger(1 / KEY_ZOOM),
    '0': () => setView(null),
    Enter: () => pick(middle, MIDDLE_PIXELS),
    Escape: onLeave,
  };
}
