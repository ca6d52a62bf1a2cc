/* What the page asks of maps. Points are named by their numbers in a map: ids and payloads are asked for few of them. */
import type { Collection } from '../../api/collection.js';
import { ValidationError } from '../../base/errors.js';
import { EF_MAX } from '../../base/limits.js';
import { parsePath } from '../../filter/path.js';
import type { Body, Call } from './calls.js';
import { coloured } from './map-values.js';
import type { Maps } from './maps.js';
import { pointView } from './points.js';
import type { ColoursView, MapView, PointView, WalkView } from './wire.js';

/** Points whose ids are asked for at once; with their payloads. */
const IDS_MOST = 10_000;
const PAYLOADS_MOST = 200;

const from = ({ from = 0 }: Body): number => {
  if (Number.isSafeInteger(from) && Number(from) >= 0) return Number(from);
  throw new ValidationError('INVALID_OPTION', `from must be the number of a point, got ${from}`);
};

function numbersOf({ numbers, withPayload }: Body): number[] {
  const most = withPayload === true ? PAYLOADS_MOST : IDS_MOST;
  if (!Array.isArray(numbers) || !numbers.every(Number.isSafeInteger))
    throw new ValidationError('INVALID_OPTION', 'numbers must be a list of numbers of points in the map');
  if (numbers.length > most)
    throw new ValidationError('LIMIT_EXCEEDED', `${most} points at once at most, got ${numbers.length}`);
  return numbers;
}

/** Neighbours that a walk is shown for. */
const K_MOST = 1_000;

function within(name: string, value: unknown, most: number): number {
  if (Number.isSafeInteger(value) && Number(value) >= 1 && Number(value) <= most) return Number(value);
  throw new ValidationError('INVALID_OPTION', `${name} must be an integer from 1 to ${most}, got ${value}`);
}

export function mapCalls(maps: Maps): Readonly<Record<string, Call>> {
  const look = async (collection: Collection, body: Body): Promise<MapView> => {
    const { field, again, gone } = body;
    if (field !== undefined && typeof field !== 'string')
      throw new ValidationError('INVALID_OPTION', 'field must be the name of a dense field');
    return maps.look(collection, field, again === true, Number(gone) || 0);
  };
  const places = async (collection: Collection, body: Body): Promise<Uint8Array> => {
    const { xy } = maps.at(collection, body['map']).map;
    return new Uint8Array(xy.buffer, xy.byteOffset, xy.byteLength).subarray(8 * from(body));
  };
  const points = async (collection: Collection, body: Body): Promise<(PointView | null)[]> => {
    const { map } = maps.at(collection, body['map']);
    const found: (PointView | null)[] = [];
    for (const [at, number] of numbersOf(body).entries()) {
      if (at % 256 === 0) await map.takeTurn();
      const point = map.pointAt(number, body['withPayload'] === true);
      found.push(point ? pointView(point) : null);
    }
    return found;
  };
  const colours = async (collection: Collection, body: Body): Promise<ColoursView> => {
    const run = maps.at(collection, body['map']);
    const path = parsePath(body['path'], 'path', 'INVALID_OPTION');
    const legend = (run.legend = await coloured(run.map, path, run.legend));
    const { entries, codes } = legend;
    return { entries, codes: Buffer.from(codes.subarray(from(body))).toString('base64') };
  };
  const walk = async (collection: Collection, body: Body): Promise<WalkView> => {
    const { map } = maps.at(collection, body['map']);
    const k = within('k', body['k'] ?? 10, K_MOST);
    const ef = body['ef'] === undefined ? undefined : within('ef', body['ef'], EF_MAX);
    const { vector, like } = body;
    if (Array.isArray(vector)) return map.walk(k, ef, vector as number[]);
    if (!Number.isSafeInteger(like))
      throw new ValidationError(
        'INVALID_QUERY',
        'a walk needs a vector, or like: the number of a point in the map',
      );
    return map.walk(k, ef, { like: Number(like) });
  };
  return {
    'map-walk': { writes: false, handle: walk },
    map: { writes: false, handle: look },
    'map-places': { writes: false, handle: places },
    'map-points': { writes: false, handle: points },
    'map-colours': { writes: false, handle: colours },
  };
}
