/* Values as the command prints them: for programs as JSON, for people short. */
import type { ResolvedConfig } from '../../api/config.js';
import { stringify } from '../../server/http/json.js';

/** The shortest decimal that is this float32. */
function shortest(value: number): number {
  for (let digits = 6; digits < 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return short;
  }
  return value;
}

/** The same with arrays in place of typed ones. */
export function plain(value: unknown): unknown {
  if (value instanceof Float32Array) return Array.from(value, shortest);
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint32Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, plain(one)]));
}

/** JSON in one line, with integers of 64 bits as they are. */
export function jsonOf(value: unknown): string {
  return stringify(plain(value));
}

const VECTOR_SHOWN = 4;

/** Vectors by their first components. */
export function folded(value: unknown): string {
  const all = plain(value);
  if (!Array.isArray(all) || all.length <= VECTOR_SHOWN) return stringify(all);
  const first = all.slice(0, VECTOR_SHOWN).map((one) => stringify(one));
  return `[${first.join(', ')}, … ${all.length} in all]`;
}

/** The vectors of a point, by the names of their fields: a vector alone, or those of named fields. */
export function vectorsIn(vector: unknown): [name: string, vector: unknown][] {
  if (vector === undefined) return [];
  if (ArrayBuffer.isView(vector) || Array.isArray(vector)) return [['vector', vector]];
  return Object.entries(vector as object).map(([name, value]) => [
    name === '' ? 'vector' : `vector ${name}`,
    value,
  ]);
}

export const count = (value: number): string => value.toLocaleString('en-US');

/** How many there are of something: `1 point`, `2 points`. */
const many = (value: number, one: string): string => `${count(value)} ${value === 1 ? one : `${one}s`}`;

export const points = (value: number): string => many(value, 'point');
export const rows = (value: number): string => many(value, 'row');

export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let at = 0;
  let left = value;
  for (; left >= 1000 && at < units.length - 1; at++) left /= 1000;
  return `${at === 0 ? left : left.toPrecision(3)} ${units[at]}`;
}

export const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

export const milliseconds = (ms: number): string =>
  ms < 1_000 ? `${ms.toPrecision(3)} ms` : `${(ms / 1_000).toFixed(1)} s`;

/** Fields with their kinds, the unnamed one as `vector`. */
export function fieldsOf(config: ResolvedConfig): [name: string, what: string][] {
  const fields: [string, string][] = [];
  if (config.dimension > 0) fields.push(['vector', `${config.dimension} numbers, ${config.metric}`]);
  if (typeof config.vectors !== 'string')
    for (const [name, { dimension, metric, multi }] of Object.entries(config.vectors))
      fields.push([name, `${multi ? 'several of ' : ''}${dimension} numbers, ${metric}`]);
  for (const name of Object.keys(config.sparse ?? {})) fields.push([name, 'sparse']);
  for (const [name, { path, language }] of Object.entries(config.text ?? {}))
    fields.push([name, `text of ${path}${language === 'none' ? '' : `, ${language}`}`]);
  return fields;
}

/** The same in a line. */
export function fieldsShown(config: ResolvedConfig): string {
  const fields = fieldsOf(config).map(([name, what]) => `${name} (${what})`);
  return fields.join('; ') || 'payloads alone';
}
