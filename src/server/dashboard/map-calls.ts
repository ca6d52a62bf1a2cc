/* What the page asks of maps. Points are named by their numbers in a map: ids and payloads are asked for few of them. */
import type { Collection } from '../../api/collection.js';
import { ValidationError } from '../../base/errors.js';
import type { WalkQuery } from '../../collection/map-walk.js';
import type { PointMap } from '../../collection/point-map.js';
import { parsePath } from '../../filter/path.js';
import type { Body, Call } from './calls.js';
import type { Maps } from './maps.js';
import { idOf, pointView } from './points.js';
import type { ColoursView, MapView, PointView, WalkView } from './wire.js';

/** Points whose ids are asked for at once; with their payloads. */
const IDS_MOST = 10_000;
const PAYLOADS_MOST = 200;

/** A number of a body, from 0 on. */
function countIn(body: Body, name: string): number {
  const value = body[name] ?? 0;
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  throw new ValidationError('INVALID_OPTION', `${name} must be an integer from 0 on, got ${String(value)}`);
}

function numbersOf({ numbers, withPayload }: Body): number[] {
  const most = withPayload === true ? PAYLOADS_MOST : IDS_MOST;
  if (!Array.isArray(numbers) || !numbers.every(Number.isSafeInteger))
    throw new ValidationError('INVALID_OPTION', 'numbers must be a list of numbers of points in the map');
  if (numbers.length > most)
    throw new ValidationError('LIMIT_EXCEEDED', `${most} points at once at most, got ${numbers.length}`);
  return numbers;
}

/** Neighbours that a walk is shown for, and its widest beam: it is one turn of the event loop. */
const K_MOST = 100;
const EF_MOST = 1_000;

function within(name: string, value: unknown, most: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value);
  throw new ValidationError('INVALID_OPTION', `${name} must be an integer from 1 to ${most}, got ${value}`);
}

/** The query of a walk. */
function queryOf({ vector, id, like }: Body): WalkQuery {
  if (Array.isArray(vector)) return { vector: vector as number[] };
  if (id !== undefined) return { id: idOf(id) };
  if (Number.isSafeInteger(like)) return { like: Number(like) };
  throw new ValidationError(
    'INVALID_QUERY',
    'a walk needs a vector, the id of a point, or like: the number of a point on the map',
  );
}

export function mapCalls(maps: Maps): Readonly<Record<string, Call>> {
  const look = async (collection: Collection, body: Body): Promise<MapView> => {
    const { field, again } = body;
    if (field !== undefined && typeof field !== 'string')
      throw new ValidationError('INVALID_OPTION', 'field must be the name of a dense field');
    return maps.look(collection, field, again === true, countIn(body, 'gone'));
  };
  const places = async (collection: Collection, body: Body): Promise<Uint8Array> => {
    const { xy } = maps.at(collection, body['map']).map;
    const some = xy.slice(2 * countIn(body, 'from')); // a copy: the map is shared memory
    return new Uint8Array(some.buffer, some.byteOffset, some.byteLength);
  };
  const points = async (collection: Collection, body: Body): Promise<(PointView | null)[]> => {
    const { map } = maps.at(collection, body['map']);
    return map.inTurns(reading(map, numbersOf(body), body['withPayload'] === true));
  };
  const colours = async (collection: Collection, body: Body): Promise<ColoursView> => {
    const ready = maps.at(collection, body['map']);
    const path = parsePath(body['path'], 'path', 'INVALID_OPTION');
    const [from, changes] = [countIn(body, 'from'), countIn(body, 'changes')];
    return ready.legend(path).view({ edition: body['edition'], from, changes });
  };
  const walk = async (collection: Collection, body: Body): Promise<WalkView> => {
    const { map } = maps.at(collection, body['map']);
    const k = within('k', body['k'] ?? 10, K_MOST);
    const ef = body['ef'] === undefined ? undefined : within('ef', body['ef'], EF_MOST);
    return map.walk({ query: queryOf(body), k, ef, efMost: EF_MOST });
  };
  return {
    'map-walk': { writes: false, handle: walk },
    map: { writes: false, handle: look },
    'map-places': { writes: false, handle: places },
    'map-points': { writes: false, handle: points },
    'map-colours': { writes: false, handle: colours },
  };
}

function* reading(
  map: PointMap,
  numbers: readonly number[],
  withPayload: boolean,
): Generator<void, (PointView | null)[]> {
  const found: (PointView | null)[] = [];
  for (const number of numbers) {
    const point = map.pointAt(number, withPayload);
    found.push(point ? pointView(point) : null);
    yield;
  }
  return found;
}
