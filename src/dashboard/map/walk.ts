/* The walk of a query, as a list of moments: after each, what was met and what was followed so far. */
import { useEffect, useState } from 'preact/hooks';
import type { IdText, WalkView } from '../../server/dashboard/wire.js';
import { call, messageOf } from '../api.ts';
import type { Look } from './plane.tsx';
import { pixelX, pixelY } from './view.ts';

/** A vector as the text of JSON, or a point whose vector is the query: by its id, or by its number on the map. */
export type Query = { readonly like: number } | { readonly id: IdText } | { readonly vector: string };

export interface Asked {
  readonly query: Query;
  readonly k: number;
  readonly ef: number | null;
}

export interface Walk {
  readonly walk: WalkView | null;
  readonly failed: string | null;
}

export function useWalk(collection: string, map: number, asked: Asked | null): Walk {
  const [state, setState] = useState<Walk>({ walk: null, failed: null });
  useEffect(() => {
    if (!asked) return setState({ walk: null, failed: null });
    const leaving = new AbortController();
    const { query, k, ef } = asked;
    const body = { map, k, ...(ef !== null && { ef }), ...('vector' in query ? {} : query) };
    const texts = 'vector' in query ? { vector: query.vector } : {};
    call<WalkView>(collection, 'map-walk', body, { signal: leaving.signal, texts }).then(
      (walk) => setState({ walk, failed: null }),
      (error) => !leaving.signal.aborted && setState({ walk: null, failed: messageOf(error) }),
    );
    return () => leaving.abort();
  }, [collection, map, asked]);
  return state;
}

/** What is known after so many steps. */
export function factsAt({ steps }: WalkView, at: number) {
  const some = steps.slice(0, at + 1);
  const last = some.at(-1);
  const met = some.flatMap((step) => step.met);
  const nearest = met.reduce<number | null>(
    (best, { distance }) => (best === null || distance < best ? distance : best),
    null,
  );
  return {
    level: last?.level ?? -1,
    met: new Set(met.map(({ number }) => number)).size,
    followed: some.reduce((sum, { expanded }) => sum + expanded.length, 0),
    nearest,
  };
}

export interface WalkColours {
  readonly upper: string;
  readonly lower: string;
  readonly found: string;
  readonly text: string;
}

function dot(context: CanvasRenderingContext2D, x: number, y: number, radius: number, colour: string): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
  context.fillStyle = colour;
  context.fill();
}

type Spot = readonly [x: number, y: number];

/** Where the query lies: at its point, or between its nearest where it has none on the map. */
function spotOf({ query, found }: WalkView, spot: (number: number) => Spot): Spot | undefined {
  if (query >= 0) return spot(query);
  const near = found
    .filter(({ number }) => number >= 0)
    .slice(0, BETWEEN)
    .map(({ number }) => spot(number));
  if (near.length === 0) return undefined;
  const mean = (at: 0 | 1): number => near.reduce((sum, one) => sum + one[at], 0) / near.length;
  return [mean(0), mean(1)];
}

const BETWEEN = 3;

function drawFound(
  context: CanvasRenderingContext2D,
  { found }: WalkView,
  spot: (number: number) => Spot,
  colour: string,
): void {
  for (const { number } of found) {
    if (number < 0) continue;
    context.beginPath();
    context.arc(...spot(number), 7, 0, 2 * Math.PI);
    context.lineWidth = 2;
    context.strokeStyle = colour;
    context.stroke();
  }
}

function drawCross(context: CanvasRenderingContext2D, [x, y]: Spot, colour: string): void {
  context.beginPath();
  for (const [a, b] of [
    [-8, 0],
    [0, -8],
  ] as const) {
    context.moveTo(x + a, y + b);
    context.lineTo(x - a, y - b);
  }
  context.lineWidth = 2.5;
  context.strokeStyle = colour;
  context.stroke();
}

/** Draws a walk up to one of its steps: lines from what was followed to what was met behind it, the query as a cross. */
export function drawWalk(
  context: CanvasRenderingContext2D,
  { view, size }: Look,
  xy: Float32Array,
  walk: WalkView,
  at: number,
  colours: WalkColours,
): void {
  const { steps } = walk;
  const spot = (number: number): Spot => [
    pixelX(view, size, xy[2 * number]!),
    pixelY(view, size, xy[2 * number + 1]!),
  ];
  const seen = steps.slice(0, at + 1);
  context.lineWidth = 1;
  for (const [i, { level, met }] of seen.entries()) {
    const colour = level > 0 ? colours.upper : colours.lower;
    context.globalAlpha = i === at ? 0.9 : 0.25;
    context.strokeStyle = colour;
    for (const { number, from } of met) {
      if (number < 0) continue;
      if (from >= 0) {
        context.beginPath();
        context.moveTo(...spot(from));
        context.lineTo(...spot(number));
        context.stroke();
      }
      dot(context, ...spot(number), 2.5, colour);
    }
  }
  for (const [i, { level, expanded }] of seen.entries()) {
    context.globalAlpha = i === at ? 1 : 0.7;
    for (const number of expanded)
      if (number >= 0)
        dot(context, ...spot(number), i === at ? 6 : 4, level > 0 ? colours.upper : colours.lower);
  }
  context.globalAlpha = 1;
  if (at >= steps.length - 1) drawFound(context, walk, spot, colours.found);
  const query = spotOf(walk, spot);
  if (query) drawCross(context, query, colours.text);
}
