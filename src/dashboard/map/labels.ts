/* Names of dense regions: the value that most of its points have, or else what the point in the middle says. */
import { useEffect, useRef, useState } from 'preact/hooks';
import type { PointView } from '../../server/dashboard/wire.js';
import { call } from '../api.ts';
import type { Colours } from './colours.ts';
import type { MapData } from './data.ts';
import type { Look } from './plane.tsx';
import { commonValue, type Region, regionsOf } from './regions.ts';
import { pixelX, pixelY, type Size } from './view.ts';

export interface Label {
  readonly region: Region;
  readonly text: string;
}

const MOST = 32;
const PIXELS_EACH = 18_000;
/** Where the plane is narrow, as on a phone: a name takes a third of its width. */
const NARROW = 600;
const PIXELS_EACH_NARROW = 45_000;
const TEXT_LENGTH = 32;
/** Keys that name a point, the likeliest first. */
const NAMING = /^(title|name|word|label|text|headline|subject|caption)$/i;

export const shortened = (text: string): string =>
  text.length > TEXT_LENGTH ? `${text.slice(0, TEXT_LENGTH - 1)}…` : text;

/** What a point is called: by the first text of its payload that is likely to, or by its id. */
export function nameOf({ id, payload }: PointView): string {
  const texts = Object.entries(payload ?? {}).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && entry[1] !== '',
  );
  const [, text] = texts.find(([key]) => NAMING.test(key)) ?? texts[0] ?? ['', ''];
  return shortened(text || (id.startsWith('"') ? (JSON.parse(id) as string) : id));
}

/** Names of points that were asked for, of one map. */
function useNames(collection: string, map: number) {
  const names = useRef<{ readonly map: number; readonly known: Map<number, string> }>({
    map,
    known: new Map(),
  });
  if (names.current.map !== map) names.current = { map, known: new Map() };
  const { known } = names.current;
  return async (numbers: readonly number[], signal: AbortSignal): Promise<ReadonlyMap<number, string>> => {
    const missing = numbers.filter((number) => !known.has(number));
    if (missing.length > 0) {
      const body = { map, numbers: missing, withPayload: true };
      const points = await call<(PointView | null)[]>(collection, 'map-points', body, { signal });
      for (const [at, point] of points.entries()) if (point) known.set(missing[at]!, nameOf(point));
    }
    return known;
  };
}

function labelsFor({ width, height }: Size): number {
  const each = width < NARROW ? PIXELS_EACH_NARROW : PIXELS_EACH;
  return Math.min(MOST, Math.ceil((width * height) / each));
}

/** Of what is seen: made again when the view has come to rest. `byValue`: regions are named by what they are coloured by. */
export function useLabels(
  collection: string,
  data: MapData,
  colours: Colours | null,
  byValue: boolean,
): { readonly labels: readonly Label[]; readonly lookAt: (look: Look) => void } {
  const [labels, setLabels] = useState<readonly Label[]>([]);
  const [look, setLook] = useState<Look | null>(null);
  const namesOf = useNames(collection, data.map);
  useEffect(() => {
    if (!look || data.xy.length === 0) return setLabels([]);
    const most = labelsFor(look.size);
    const regions = regionsOf(data, look.view, look.size, most).filter(({ members }) => members.length > 0);
    const values = regions.map((region) => (byValue ? commonValue(region, colours) : undefined));
    const unnamed = regions.filter((_, at) => values[at] === undefined).map(({ centre }) => centre);
    const leaving = new AbortController();
    namesOf(unnamed, leaving.signal).then(
      (names) =>
        leaving.signal.aborted ||
        setLabels(
          regions.flatMap((region, at) => {
            const value = values[at];
            if (value !== undefined && values.indexOf(value) < at) return []; // named where it is densest
            return [{ region, text: value ?? names.get(region.centre) ?? '' }];
          }),
        ),
      () => {}, // of a map that is gone
    );
    return () => leaving.abort();
  }, [look, data.xy, data.gone, colours, byValue]);
  return { labels, lookAt: setLook };
}

/** Pixels that a name has around it, so that two do not read as one. */
const BESIDE = 6;
const HALF_HEIGHT = 10;
/** Pixels: what is small is not covered by its name. */
const ABOVE = 12;

/** Draws labels, the densest regions first; none over another. */
export function drawLabels(
  context: CanvasRenderingContext2D,
  { view, size }: Look,
  labels: readonly Label[],
  colours: { readonly text: string; readonly ground: string },
): void {
  const taken: (readonly [left: number, top: number, right: number, bottom: number])[] = [];
  context.font = '600 12px system-ui, "DejaVu Sans", sans-serif';
  context.textAlign = 'center';
  context.textBaseline = 'middle';
  context.lineJoin = 'round';
  for (const { region, text } of labels) {
    const half = context.measureText(text).width / 2 + BESIDE;
    const x = Math.min(size.width - half, Math.max(half, pixelX(view, size, region.x)));
    const y = pixelY(view, size, region.y) - ABOVE;
    const [left, top, right, bottom] = [x - half, y - HALF_HEIGHT, x + half, y + HALF_HEIGHT];
    if (bottom < 0 || top > size.height || text === '') continue;
    if (taken.some(([l, t, r, b]) => left < r && right > l && top < b && bottom > t)) continue;
    taken.push([left, top, right, bottom]);
    context.lineWidth = 4;
    context.strokeStyle = colours.ground;
    context.strokeText(text, x, y);
    context.fillStyle = colours.text;
    context.fillText(text, x, y);
  }
}
