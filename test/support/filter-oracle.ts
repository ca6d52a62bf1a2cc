/*
 * The oracle of filters: what a filter means, told of the JSON that callers write, naively. It knows valid filters
 * alone, and shares nothing with src/filter but the names of types.
 */
import type {
  FieldCondition,
  Filter,
  FilterCondition,
  GeoPoint,
  GeoPolygon,
  Match,
  MatchValue,
} from '#silt/api/filter.js';
import type { PointId } from '#silt/index.js';

type Json = Record<string, unknown>;

interface Point {
  /** The payload, or within `nested` the object that is looked at. */
  readonly object: Json;
  readonly id: PointId;
}

const isObject = (value: unknown): value is Json =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const arrayOf = <T>(value: T | readonly T[] | undefined): readonly T[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value as T];

/** The values at a path, one step after the other. */
export function valuesOf(object: Json, path: string): unknown[] {
  let values: unknown[] = [object];
  for (const [step, quoted] of path.matchAll(/"([^"]*)"|\[\d*\]|[^.[\]"]+/g)) {
    if (step === '[]') values = values.flatMap((value) => (Array.isArray(value) ? value : []));
    else if (step.startsWith('['))
      values = values.flatMap((value) =>
        Array.isArray(value) ? value.slice(+step.slice(1, -1)).slice(0, 1) : [],
      );
    else {
      const key = quoted ?? step;
      values = values
        .filter(isObject)
        .flatMap((value) => (Object.keys(value).includes(key) ? [value[key]] : []));
    }
  }
  return values;
}

/** Nanosecond digits are left out: no test draws them. */
export function timeOf(text: unknown): number {
  if (typeof text !== 'string') return NaN;
  const [, date, time, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ]([\d:]+)(?:\.(\d+))?)?(.*)$/.exec(text) ?? [];
  const ms = Date.parse(`${date}T${time?.padEnd(8, ':00') ?? '00:00:00'}${zone || 'Z'}`);
  return ms * 1000 + Number(`0.${fraction || '0'}`) * 1e6;
}

/** Meters between two places: the angle between two vectors, times the radius. */
function meters(a: GeoPoint, b: GeoPoint): number {
  const vector = ({ lat, lon }: GeoPoint): [number, number, number] => {
    const [phi, lambda] = [(lat * Math.PI) / 180, (lon * Math.PI) / 180];
    return [Math.cos(phi) * Math.cos(lambda), Math.cos(phi) * Math.sin(lambda), Math.sin(phi)];
  };
  const [[ax, ay, az], [bx, by, bz]] = [vector(a), vector(b)];
  const cross = Math.hypot(ay * bz - az * by, az * bx - ax * bz, ax * by - ay * bx);
  return Math.atan2(cross, ax * bx + ay * by + az * bz) * 6_371_008.8;
}

type Bounds = Readonly<Partial<Record<'gt' | 'gte' | 'lt' | 'lte', string | number | null | undefined>>>;

function isWithin(x: number, bounds: Bounds, number: (end: string | number) => number): boolean {
  const { gt, gte, lt, lte } = bounds;
  if (typeof gt === 'string' || typeof gt === 'number') if (!(x > number(gt))) return false;
  if (typeof gte === 'string' || typeof gte === 'number') if (!(x >= number(gte))) return false;
  if (typeof lt === 'string' || typeof lt === 'number') if (!(x < number(lt))) return false;
  if (typeof lte === 'string' || typeof lte === 'number') if (!(x <= number(lte))) return false;
  return true;
}

const split = (text: string): string[] =>
  text
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');

function matchesValue(element: unknown, match: Match): boolean {
  if (match.value !== undefined) return element === match.value;
  if (match.any !== undefined) return match.any.some((one: MatchValue) => one === element);
  if (match.except !== undefined)
    return element !== null && match.except.every((one: MatchValue) => one !== element);
  if (typeof element !== 'string') return false;
  if (match.contains !== undefined) return element.split(match.contains).length > 1 || match.contains === '';
  if (match.prefix !== undefined) return element.slice(0, match.prefix.length) === match.prefix;
  const has = (word: string): boolean => split(element).includes(word);
  if (match.text_any !== undefined) return split(match.text_any).some(has);
  if (match.phrase !== undefined) {
    const phrase = split(match.phrase).join(' ');
    return phrase !== '' && ` ${split(element).join(' ')} `.includes(` ${phrase} `);
  }
  const wanted = split(match.text!);
  return wanted.length > 0 && wanted.every(has);
}

/** How often a ring goes around a place: the sum of the angles to its corners, one after the other. */
function turns({ points }: GeoPolygon['exterior'], { lat, lon }: GeoPoint): number {
  let sum = 0;
  for (const [i, from] of points.slice(0, -1).entries()) {
    const to = points[i + 1]!;
    const angle = Math.atan2(to.lat - lat, to.lon - lon) - Math.atan2(from.lat - lat, from.lon - lon);
    sum += angle - 2 * Math.PI * Math.round(angle / (2 * Math.PI));
  }
  return Math.round(sum / (2 * Math.PI));
}

function isInRange(element: unknown, range: Bounds): boolean {
  if (Object.values(range).some((end) => typeof end === 'string')) {
    const time = timeOf(element);
    return !Number.isNaN(time) && isWithin(time, range, timeOf);
  }
  return typeof element === 'number' && isWithin(element, range, Number);
}

function isInArea(
  element: unknown,
  { geo_bounding_box: box, geo_radius: circle, geo_polygon: polygon }: FieldCondition,
): boolean {
  if (!isObject(element)) return false;
  const { lat, lon } = element;
  if (typeof lat !== 'number' || typeof lon !== 'number' || Math.abs(lat) > 90 || Math.abs(lon) > 180)
    return false;
  if (circle) return meters(circle.center, { lat, lon }) < circle.radius;
  if (polygon) {
    const holes = polygon.interiors ?? [];
    return (
      turns(polygon.exterior, { lat, lon }) !== 0 && holes.every((hole) => turns(hole, { lat, lon }) === 0)
    );
  }
  const { top_left: from, bottom_right: to } = box!;
  const east = lon > from.lon;
  const west = lon < to.lon;
  return lat < from.lat && lat > to.lat && (from.lon > to.lon ? east || west : east && west);
}

function matchesField(condition: FieldCondition, { object }: Point): boolean {
  const values = valuesOf(object, condition.key);
  if (condition.is_empty !== undefined) {
    const empty = values.every((value) => value === null || (Array.isArray(value) && value.length === 0));
    return empty === condition.is_empty;
  }
  if (condition.is_null !== undefined)
    return (
      values.some((value) => value === null || (Array.isArray(value) && value.includes(null))) ===
      condition.is_null
    );
  const { values_count: bounds } = condition;
  if (bounds !== undefined) {
    const counts = values.map((value) => (Array.isArray(value) ? value.length : value === null ? 0 : 1));
    return (counts.length > 0 ? counts : [0]).some((count) => isWithin(count, bounds, Number));
  }
  const elements = values.flatMap((value) => (Array.isArray(value) ? value : [value]));
  return elements.some((element) => {
    if (condition.match) return matchesValue(element, condition.match);
    if (condition.range) return isInRange(element, condition.range);
    return isInArea(element, condition);
  });
}

const sameId = (a: PointId, b: PointId): boolean =>
  typeof a === 'string' || typeof b === 'string' ? a === b : BigInt(a) === BigInt(b);

function matchesCondition(condition: FilterCondition, point: Point): boolean {
  if (condition.key !== undefined) return matchesField(condition, point);
  if (condition.is_empty !== undefined)
    return matchesField({ key: condition.is_empty.key, is_empty: true }, point);
  if (condition.is_null !== undefined)
    return matchesField({ key: condition.is_null.key, is_null: true }, point);
  if (condition.has_id !== undefined) return condition.has_id.some((id) => sameId(id, point.id));
  if (condition.nested !== undefined) {
    const { key, filter } = condition.nested;
    const path = key.endsWith('[]') ? key : `${key}[]`;
    return valuesOf(point.object, path)
      .filter(isObject)
      .some((object) => matchesAll(filter, { ...point, object }));
  }
  return matchesAll(condition, point);
}

function matchesAll(filter: Filter, point: Point): boolean {
  const holds = (condition: FilterCondition): boolean => matchesCondition(condition, point);
  const should = arrayOf(filter.should);
  const some = filter.min_should;
  return (
    arrayOf(filter.must).every(holds) &&
    (should.length === 0 || should.some(holds)) &&
    !arrayOf(filter.must_not).some(holds) &&
    (!some || some.conditions.filter(holds).length >= some.min_count)
  );
}

/** Whether a point meets a filter. */
export function matchesFilter(filter: Filter, payload: Json | undefined, id: PointId): boolean {
  return matchesAll(filter, { object: payload ?? {}, id });
}
