/*
 * Points as columns of one type each, for formats that have types: what a column is, all values together say. Points are read twice for
 * that. A member of payloads that is null is one that is missing there.
 */
import type { StoredPoint } from '../../api/points.js';
import { CommandError } from '../frame/exits.js';
import type { Format } from './records.js';

export type Kind = 'boolean' | 'integer' | 'uint64' | 'number' | 'text' | 'json' | 'vector';

export interface Column {
  readonly name: string;
  readonly kind: Kind;
  /** The value of a point, null where it has none. */
  of(point: StoredPoint): unknown;
}

const INT64_MAX = 2n ** 63n - 1n;

/** What a value is, by itself. */
function kindOf(value: unknown): Kind {
  if (typeof value === 'boolean') return 'boolean';
  if (typeof value === 'string') return 'text';
  if (typeof value === 'bigint') return value > INT64_MAX ? 'uint64' : 'integer';
  if (typeof value === 'number')
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? 'integer' : 'number';
  return 'json';
}

/** What two kinds of values are in one column. */
function both(a: Kind | undefined, b: Kind): Kind {
  if (a === undefined || a === b) return b;
  const numbers: readonly Kind[] = ['integer', 'number'];
  if (numbers.includes(a) && numbers.includes(b)) return 'number';
  const ids: readonly Kind[] = ['integer', 'uint64'];
  return ids.includes(a) && ids.includes(b) ? 'uint64' : 'json';
}

/** The vector of a point that has the unnamed one alone. */
export function onlyVectorOf(vector: unknown): Float32Array | undefined {
  if (vector instanceof Float32Array) return vector;
  const named = Object.entries((vector ?? {}) as object);
  const [[name, value] = []] = named;
  return named.length === 1 && name === '' && value instanceof Float32Array ? value : undefined;
}

/** @throws CommandError for a point that has no vector, or several */
export function onlyVector(format: Format, { id, vector }: StoredPoint): Float32Array {
  const only = onlyVectorOf(vector);
  if (only) return only;
  throw new CommandError(
    'USAGE',
    `${format} has one vector a point, and point ${id} has not: export to jsonl`,
  );
}

const isMissing = (value: unknown): boolean => value === undefined || value === null;

const refused = (why: string): CommandError => new CommandError('USAGE', `${why}. Export to jsonl`);

/** Looks at points, and says which columns they have. */
export class Columns {
  #id: Kind | undefined;
  /** An id that JSON has no number for, or a member that is one. */
  #big = false;
  #vector: Kind | undefined;
  readonly #keys = new Map<string, Kind | undefined>();
  readonly #bigKeys = new Set<string>();

  see({ id, vector, payload }: StoredPoint): void {
    this.#id = both(this.#id, kindOf(id));
    this.#big ||= typeof id === 'bigint';
    if (vector !== undefined && Object.keys(vector).length > 0)
      this.#vector = both(this.#vector, onlyVectorOf(vector) ? 'vector' : 'json');
    for (const [key, value] of Object.entries(payload ?? {})) {
      const before = this.#keys.get(key);
      this.#keys.set(key, isMissing(value) ? before : both(before, kindOf(value)));
      if (typeof value === 'bigint') this.#bigKeys.add(key);
    }
  }

  /** Members of payloads, in the order in which they came. @throws CommandError where one has the name of another column */
  keys(withVector: boolean): string[] {
    for (const key of ['id', ...(withVector ? ['vector'] : [])])
      if (this.#keys.has(key)) throw refused(`payloads have a member "${key}", and there is such a column`);
    return [...this.#keys.keys()];
  }

  /** @throws CommandError for points that have no such columns */
  all(): Column[] {
    const [id, vector] = [this.#id ?? 'integer', this.#vector];
    if (id === 'json' && this.#big)
      throw refused('ids are both texts and integers beyond 2^53, for which there is no column');
    this.keys(vector !== undefined);
    const columns: Column[] = [{ name: 'id', kind: id, of: (point) => point.id }];
    if (vector === 'vector')
      columns.push({ name: 'vector', kind: vector, of: (point) => onlyVectorOf(point.vector) ?? null });
    else if (vector === 'json')
      columns.push({ name: 'vector', kind: 'json', of: (point) => point.vector ?? null });
    for (const [name, kind = 'text'] of this.#keys) {
      if ((kind === 'json' || kind === 'number') && this.#bigKeys.has(name))
        throw refused(`"${name}" has integers beyond 2^53 and other values, for which there is no column`);
      columns.push({ name, kind, of: ({ payload }) => (payload as Record<string, unknown>)?.[name] ?? null });
    }
    return columns;
  }
}
