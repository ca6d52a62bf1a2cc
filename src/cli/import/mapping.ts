/* Which column of a file is what: said by options, or guessed from the first row. */
import type { PointInput } from '../../api/points.js';
import { isRecord } from '../../base/checks.js';
import type { PointId } from '../../base/ids.js';
import type { FileRow, Values } from '../formats/records.js';
import { idIn } from '../frame/arguments.js';
import { CommandError } from '../frame/exits.js';

export interface Mapping {
  /** Null: the number of the row, from 0. */
  readonly id: string | null;
  /** Null: points have no vectors. */
  readonly vector: string | null;
  /** The column that has the whole payload; null: it is made of all other columns. */
  readonly payload: string | null;
}

export interface Given {
  readonly id?: string;
  readonly vector?: string | false;
  readonly payload?: string;
}

type Columns = Readonly<Record<string, unknown>>;

const IDS = /^(_?ids?|uuid|guid|key|point_?id)$/i;
const VECTORS = /^(vectors?|embeddings?|emb|features?)$/i;

/** Vectors by name, as `silt export` writes them into a cell of CSV. */
function namedIn(text: string): object | undefined {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    return undefined;
  }
  const all = isRecord(read) ? Object.values(read) : [];
  return all.length > 0 && all.every((one) => Array.isArray(one) || (isRecord(one) && 'indices' in one))
    ? (read as object)
    : undefined;
}

/** A vector, in any of the forms that files have it in; undefined where it is not one. */
export function vectorIn(value: unknown): number[] | object | undefined {
  if (typeof value === 'string') {
    if (value.startsWith('{')) return namedIn(value);
    const text = value.trim().replace(/^[[(]|[\])]$/g, '');
    const numbers = text.split(/[\s,;]+/).map((part) => (part === '' ? Number.NaN : Number(part)));
    return numbers.length > 1 && numbers.every((one) => !Number.isNaN(one)) ? numbers : undefined;
  }
  if (ArrayBuffer.isView(value)) return Array.from(value as Float32Array, Number);
  if (Array.isArray(value)) return value.length > 0 ? value : undefined;
  return typeof value === 'object' && value !== null && !(value instanceof Date) ? value : undefined;
}

export const isList = (value: unknown): boolean => {
  const vector = vectorIn(value);
  return Array.isArray(vector) && vector.length > 1 && vector.every((one) => typeof one === 'number');
};

function named(columns: Columns, column: string, option: string): string {
  if (Object.hasOwn(columns, column)) return column;
  const there = Object.keys(columns).slice(0, 20).join(', ');
  throw new CommandError('USAGE', `${option}: there is no column "${column}"; there is ${there}`);
}

/** @throws CommandError where a column that was named is not there, or has no vectors */
export function mappingOf(columns: Columns, given: Given): Mapping {
  const names = Object.keys(columns);
  const id =
    given.id === undefined
      ? (names.find((name) => IDS.test(name)) ?? null)
      : named(columns, given.id, '--id');
  const others = names.filter((name) => name !== id);
  const guessed =
    others.find((name) => VECTORS.test(name) && vectorIn(columns[name]) !== undefined) ??
    others.find((name) => isList(columns[name])) ??
    null;
  const vector =
    given.vector === false
      ? null
      : given.vector === undefined
        ? guessed
        : named(columns, given.vector, '--vector');
  if (vector !== null && vectorIn(columns[vector]) === undefined)
    throw new CommandError(
      'USAGE',
      `--vector: the first rows have no vector in "${vector}", such as [0.1, 0.2]. Name another column, or say --no-vector`,
    );
  const rest = others.filter((name) => name !== vector);
  const whole =
    rest.length === 1 && rest[0] === 'payload' && typeof columns['payload'] === 'object' ? 'payload' : null;
  return {
    id,
    vector,
    payload: given.payload === undefined ? whole : named(columns, given.payload, '--payload'),
  };
}

/** The mapping in words. */
export function mappingShown({ id, vector, payload }: Mapping, columns: Columns): string {
  const rest = Object.keys(columns).filter((name) => name !== id && name !== vector);
  const size = vector === null ? undefined : vectorIn(columns[vector]);
  const numbers = Array.isArray(size) ? ` (${size.length} numbers)` : '';
  return [
    `id: ${id === null ? 'the number of the row' : `column "${id}"`}`,
    `vector: ${vector === null ? 'none' : `column "${vector}"${numbers}`}`,
    `payload: ${payload === null ? rest.slice(0, 20).join(', ') || 'none' : `column "${payload}"`}`,
  ].join('; ');
}

/** Text as what it looks like: a number that is written as JSON would, true, false, nothing. */
function readText(text: string): unknown {
  if (text === '') return undefined;
  if (text === 'true' || text === 'false') return text === 'true';
  const number = Number(text);
  return String(number) === text && Number.isFinite(number) ? number : text;
}

/** A value of other types than those of JSON, as JSON has it. */
function readTyped(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value);
  if (value instanceof Date) return value.toISOString(); // a RangeError, where it is not a time
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array, Number);
  if (Array.isArray(value)) return value.map(readTyped);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, readTyped(one)]));
}

/** Cells of tables that are empty are left out of payloads. */
function payloadIn(cells: object, values: Values): object {
  if (values === 'json') return cells;
  const read = (cell: unknown): unknown =>
    values === 'text' && typeof cell === 'string' ? readText(cell) : readTyped(cell);
  const all = Object.entries(cells).map(([name, cell]): [string, unknown] => [name, read(cell)]);
  return Object.fromEntries(all.filter(([, value]) => value !== undefined && value !== null));
}

/** Undefined where a text stands in quotes and is not a string of JSON. */
function idOf(given: unknown, values: Values): PointId | undefined {
  if (typeof given !== 'string' || values !== 'text') return given as PointId;
  try {
    return idIn(given);
  } catch {
    return undefined;
  }
}

/** The point of a row, the n-th from 0. */
export function pointOf(
  { id, vector, payload }: Mapping,
  { columns = {} }: FileRow,
  row: number,
  values: Values,
): { readonly point: PointInput } | { readonly why: string } {
  const given = id === null ? row : columns[id];
  if (given === undefined || given === null || given === '') return { why: `its column "${id}" is empty` };
  const made = idOf(given, values);
  if (made === undefined)
    return { why: `its column "${id}" is ${given}, in quotes, and not a string of JSON` };
  const found = vector === null ? undefined : columns[vector];
  const none = found === undefined || found === null || found === '';
  const read = none ? undefined : vectorIn(found);
  if (!none && read === undefined) return { why: `its column "${vector}" has no vector, such as [0.1, 0.2]` };
  const cells =
    payload === null
      ? Object.fromEntries(Object.entries(columns).filter(([name]) => name !== id && name !== vector))
      : (columns[payload] ?? {});
  let kept: object;
  try {
    kept = payloadIn(cells as object, values);
  } catch (error) {
    if (error instanceof RangeError) return { why: 'it has a time that is out of range' };
    throw error;
  }
  return {
    point: {
      id: made,
      ...(read !== undefined && { vector: read as number[] }),
      ...(Object.keys(kept).length > 0 && { payload: kept }),
    },
  };
}
