/* Places on the globe, in degrees, and the two areas that a filter may ask for. As in Qdrant, edges are outside. */

export interface Place {
  readonly lat: number;
  readonly lon: number;
}

export interface Box {
  readonly north: number;
  readonly south: number;
  /** Greater than `east` where the box crosses the date line. */
  readonly west: number;
  readonly east: number;
}

export interface Circle extends Place {
  /** Meters. */
  readonly radius: number;
}

/** Mean radius in meters (IUGG), which Qdrant measures by. */
const EARTH_RADIUS = 6_371_008.8;
const RADIANS = Math.PI / 180;

function isDegrees(value: object, name: 'lat' | 'lon', most: number): boolean {
  if (!Object.hasOwn(value, name)) return false;
  const degrees: unknown = (value as Partial<Place>)[name];
  return typeof degrees === 'number' && degrees >= -most && degrees <= most;
}

/** The value itself, if it is a place: an object with `lat` in ±90 and `lon` in ±180. */
export function placeOf(value: unknown): Place | undefined {
  if (typeof value !== 'object' || value === null) return undefined;
  return isDegrees(value, 'lat', 90) && isDegrees(value, 'lon', 180) ? (value as Place) : undefined;
}

export function inBox({ lat, lon }: Place, { north, south, west, east }: Box): boolean {
  if (lat <= south || lat >= north) return false;
  return west > east ? lon > west || lon < east : lon > west && lon < east;
}

/** Meters between two places on a sphere, by the haversine formula. */
export function distance(a: Place, b: Place): number {
  const lat = Math.sin(((b.lat - a.lat) * RADIANS) / 2);
  const lon = Math.sin(((b.lon - a.lon) * RADIANS) / 2);
  const half = lat * lat + Math.cos(a.lat * RADIANS) * Math.cos(b.lat * RADIANS) * lon * lon;
  return 2 * EARTH_RADIUS * Math.asin(Math.sqrt(Math.min(1, half)));
}

export function inCircle(place: Place, circle: Circle): boolean {
  return distance(circle, place) < circle.radius;
}
