/* What the points of a map are coloured by: the values at a path of their payloads, those that most have, or ranges of numbers. */
import type { PointMap } from '../../collection/point-map.js';
import type { Path } from '../../filter/path.js';
import type { LegendEntry } from './wire.js';

/** Colours that can be told apart; what is rarer has one colour together. */
const COLOURS = 9;
const RANGES = 7;
/** Of numbers, so many different ones are ranges. */
const RANGES_FROM = 13;
/** Payloads that are read in one turn. */
const SLICE = 512;

export const NOTHING = 0;

type Value = string | number | boolean;

/** A legend: each point has the number of an entry, from 1, or NOTHING. The last entry may stand for all others. */
export interface Legend {
  readonly path: Path;
  readonly entries: readonly LegendEntry[];
  readonly codes: Uint8Array;
  readonly codeOf: (value: Value | undefined) => number;
}

function isValue(value: unknown): value is Value {
  return typeof value === 'string' || typeof value === 'boolean' || Number.isFinite(value);
}

/** The value of each point from one on: the first, where it has several. */
async function valuesOf(map: PointMap, path: Path, from: number): Promise<(Value | undefined)[]> {
  const values: (Value | undefined)[] = [];
  const { valuesAt } = await import('../../filter/path.js');
  for (let number = from; number < map.count; number++) {
    if (number % SLICE === 0) await map.takeTurn();
    values.push(valuesAt(map.payloadAt(number), path).flat(1).find(isValue));
  }
  return values;
}

const SHORT = new Intl.NumberFormat('en', { maximumSignificantDigits: 4 });

/** By quantiles, so that each range has about as many points. */
function ranges(sorted: Float64Array): Pick<Legend, 'codeOf'> & { labels: string[] } {
  const bounds: number[] = [];
  for (let at = 1; at < RANGES; at++) {
    const bound = sorted[Math.floor((at * sorted.length) / RANGES)]!;
    if (bound > (bounds.at(-1) ?? sorted[0]!)) bounds.push(bound);
  }
  const ends = [sorted[0]!, ...bounds, sorted.at(-1)!];
  const labels = ends.slice(1).map((end, i) => `${SHORT.format(ends[i]!)} to ${SHORT.format(end)}`);
  const codeOf = (value: Value | undefined): number => {
    if (typeof value !== 'number') return NOTHING;
    let code = 1;
    while (code <= bounds.length && value >= bounds[code - 1]!) code++;
    return code;
  };
  return { labels, codeOf };
}

function distinct(counts: ReadonlyMap<Value, number>): Pick<Legend, 'codeOf'> & { labels: string[] } {
  const most = [...counts].sort(([a, n], [b, m]) => m - n || (String(a) < String(b) ? -1 : 1));
  const named = most.slice(0, most.length > COLOURS + 1 ? COLOURS : COLOURS + 1);
  const codes = new Map(named.map(([value], at) => [value, at + 1]));
  const others = most.length - named.length;
  const labels = named.map(([value]) => String(value));
  if (others > 0) labels.push(`${others.toLocaleString('en')} others`);
  return {
    labels,
    codeOf: (value) => (value === undefined ? NOTHING : (codes.get(value) ?? named.length + 1)),
  };
}

function legendFor(values: readonly (Value | undefined)[]): Pick<Legend, 'codeOf'> & { labels: string[] } {
  const counts = new Map<Value, number>();
  for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
  const numbers = [...counts.keys()].filter((value) => typeof value === 'number');
  if (counts.size < RANGES_FROM || numbers.length < counts.size) return distinct(counts);
  return ranges(Float64Array.from(values.filter((value) => typeof value === 'number')).sort());
}

/** The legend of a path: the one there is, for the points that came since, or a new one. */
export async function coloured(map: PointMap, path: Path, before: Legend | undefined): Promise<Legend> {
  const known = before?.path.text === path.text ? before : undefined;
  const from = known?.codes.length ?? 0;
  const values = await valuesOf(map, path, from);
  const { codeOf, labels } = known
    ? { codeOf: known.codeOf, labels: known.entries.map(({ label }) => label) }
    : legendFor(values);
  const codes = new Uint8Array(from + values.length);
  if (known) codes.set(known.codes);
  for (const [i, value] of values.entries()) codes[from + i] = codeOf(value);
  const counts = new Uint32Array(labels.length + 1);
  const gone = new Set(map.gone);
  for (const [number, code] of codes.entries()) if (!gone.has(number)) counts[code]!++;
  const entries = labels.map((label, at) => ({ label, count: counts[at + 1]! }));
  return { path, entries, codes, codeOf };
}
