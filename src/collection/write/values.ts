/* What a caller gives to change vectors of stored points, field by field. */
import { atMost, show, showId } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { awaitHint, didYouMean, fieldsThere, listHint } from '../../base/hints.js';
import { idKeyOf, type PointId, textOfKey } from '../../base/ids.js';
import { WRITE_BYTES_MAX, WRITE_POINTS_MAX } from '../../base/limits.js';
import { encodeValue } from '../../fields/values.js';
import { changeTo, REMOVAL } from '../../store/changes.js';
import type { Draft, LiveIndex } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import type { Step } from './decide.js';
import { bytesOfVectors, draftPoints } from './draft.js';
import type { DraftMemory } from './draft-memory.js';
import { valuesIn } from './draft-vectors.js';
import { PackedBytes } from './packed.js';
import { removalsOf } from './points.js';

const MEMBERS = ['id', 'vector'];
const STAYS = new Uint8Array(0);
const INSTEAD = 'Change them in several calls';

/** One member as a caller gave it. */
interface Given {
  readonly id: PointId;
  readonly vector: unknown;
}

function checkUpdate(point: unknown, number: number): Given {
  if (typeof point !== 'object' || point === null || Array.isArray(point))
    throw new ValidationError(
      'INVALID_OPTION',
      `point ${number} must be an object { id, vector }, got ${show(point)}${awaitHint(point)}`,
    );
  const { id, vector } = point as Given;
  for (const key of Object.keys(point)) {
    if (MEMBERS.includes(key) || (point as Record<string, unknown>)[key] === undefined) continue;
    const hint = key === 'payload' ? '. Payloads are changed by setPayload' : didYouMean(key, MEMBERS);
    throw new ValidationError(
      'INVALID_OPTION',
      `point ${number} has an unknown member ${show(key)}; updateVectors takes { id, vector }${hint}`,
    );
  }
  if (vector === undefined)
    throw new ValidationError(
      'INVALID_VECTOR',
      `point ${number} (id ${showId(id)}) has no vector. To remove vectors, use deleteVectors`,
    );
  return { id, vector };
}

/** @throws ValidationError for what is neither a point nor an array of them */
export function checkUpdates(points: unknown): void {
  if (typeof points === 'object' && points !== null) return;
  const isId = ['number', 'bigint', 'string'].includes(typeof points);
  throw new ValidationError(
    'INVALID_OPTION',
    `updateVectors takes { id, vector } or an array of them, got ${show(points)}${isId ? `. Write { id: ${show(points)}, vector: { … } }` : ''}`,
  );
}

function updatesIn(points: unknown): Given[] {
  const list = Array.isArray(points) ? (points as readonly unknown[]) : [points];
  const { length } = list;
  atMost('points of one updateVectors', length, WRITE_POINTS_MAX, INSTEAD);
  return Array.from({ length }, (_, i) => checkUpdate(list[i], i));
}

interface Surroundings {
  readonly live: LiveIndex;
  readonly memory: DraftMemory;
  /** @throws BackpressureError where there is no room for so many bytes */
  checkRoom(bytes: number): void;
}

/**
 * Vectors that take the place of those of stored points. Where a point comes again, what it names later counts. Where each
 * point has one vector, and nothing else, its row is written again, with the payload that it has by then.
 *
 * @throws ValidationError
 */
export function readUpdates(
  updates: unknown,
  condition: CheckedFilter | undefined,
  { live, memory, checkRoom }: Surroundings,
): Step {
  const given = updatesIn(updates);
  checkRoom(bytesOfVectors(live.fields) * given.length);
  if (live.stored.plain) {
    const named = given.map(({ id, vector }, i) => {
      const { '': own } = valuesIn(vector, live.stored.values, i, id);
      if (own === undefined) throw withoutNames(i, id);
      return { id, vector: own as Float32Array };
    });
    return { kind: 'vectors', checked: draftPoints(named, live.fields, 'throw', memory), condition };
  }
  const points = changesIn(given, live);
  const draft = draftValues(points, live);
  if (!condition) return { kind: 'known', draft, rejected: [] };
  const numbers = points.map(({ number }) => number);
  const draftOf = (places: readonly number[]): Draft =>
    draftValues(
      places.map((place) => points[place]!),
      live,
    );
  return { kind: 'values', draft, numbers, condition, draftOf };
}

function withoutNames(number: number, id: PointId): ValidationError {
  return new ValidationError(
    'INVALID_VECTOR',
    `the vector of point ${number} (id ${showId(id)}) names no field: write { name: vector } for each that is changed`,
  );
}

/** What changes of one point, by the numbers of fields. */
interface Changes {
  readonly key: Uint8Array;
  /** Where the point is in the list of the call; of several places, the last. */
  number: number;
  readonly changes: Map<number, Uint8Array>;
}

function changesIn(given: readonly Given[], { stored: { values: specs } }: LiveIndex): Changes[] {
  const all = new Map<string, Changes>();
  let bytes = 0;
  for (const [number, { id, vector }] of given.entries()) {
    const key = idKeyOf(id);
    const text = textOfKey(key);
    const point = all.get(text) ?? { key, number, changes: new Map<number, Uint8Array>() };
    const values = valuesIn(vector, specs, number, id);
    const named = specs.filter(({ name }) => Object.hasOwn(values, name) && values[name] !== undefined);
    if (named.length === 0) throw withoutNames(number, id);
    for (const spec of named) {
      const change = changeTo(encodeValue(spec, values[spec.name], { index: number, id, field: spec.name }));
      bytes += change.length;
      point.changes.set(spec.number, change);
    }
    atMost('bytes of one write', bytes, WRITE_BYTES_MAX, INSTEAD);
    point.number = number;
    all.set(text, point);
  }
  return [...all.values()];
}

function draftValues(points: readonly Changes[], { stored: { values: specs } }: LiveIndex): Draft {
  const numbers = specs
    .map(({ number }) => number)
    .filter((number) => points.some((one) => one.changes.has(number)));
  const columns = numbers.map(
    (field) => [field, points.map(({ changes }) => changes.get(field) ?? STAYS)] as const,
  );
  return valuesOf(
    points.map(({ key }) => key),
    columns,
  );
}

/** By the keys of ids; `rows`: the row that each must name then, or its point stays as it is, since it is another. */
function valuesOf(
  keys: readonly Uint8Array[],
  columns: readonly (readonly [field: number, changes: readonly Uint8Array[]])[],
  rows?: readonly number[],
): Draft {
  const fields = columns.map(([field, changes]) => {
    const packed = new PackedBytes();
    for (const change of changes) packed.add(change);
    return { field, ...packed.packed() };
  });
  return { ...removalsOf(keys, rows), kind: 'values', fields };
}

/** Numbers of the fields whose vectors are to be deleted. @throws ValidationError */
export function fieldsToDelete(given: unknown, { stored }: LiveIndex): number[] {
  const names = stored.values.map(({ name }) => name);
  if (!Array.isArray(given) || given.length === 0)
    throw new ValidationError(
      'INVALID_OPTION',
      `fields must be an array of names of fields (${fieldsThere(names)}), got ${show(given)}${listHint(given)}`,
    );
  const numbers = new Set<number>();
  for (let i = 0; i < given.length; i++) {
    const name: unknown = given[i];
    const spec = stored.values.find((one) => one.name === name);
    if (!spec)
      throw new ValidationError(
        'INVALID_OPTION',
        `fields[${i}] is ${show(name)}, which is not a field with vectors: ${fieldsThere(names)}${didYouMean(String(name), names)}`,
      );
    numbers.add(spec.number);
  }
  if (stored.plain)
    throw new ValidationError(
      'INVALID_OPTION',
      'each point of this collection has one vector, which cannot be deleted alone: delete the points, or change their vectors by updateVectors',
    );
  return [...numbers];
}

/** The same vectors of all these points are taken away. */
export function withoutValues(
  keys: readonly Uint8Array[],
  fields: readonly number[],
  rows?: readonly number[],
): Draft {
  return valuesOf(
    keys,
    fields.map((field) => [field, keys.map(() => REMOVAL)] as const),
    rows,
  );
}
