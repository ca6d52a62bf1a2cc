/* Areas on the globe, from what a caller wrote to their checked form. */
import { atMost } from '../base/checks.js';
import { POLYGON_POINTS_MAX } from '../base/limits.js';
import type { Test } from './condition.js';
import type { Ring } from './edges.js';
import type { Place } from './geo.js';
import { knownMembers, mapAt, numberAt, refuse } from './members.js';
import { polygonOf, ringOf } from './polygon.js';

function placeAt(value: unknown, place: string): Place {
  const { lat, lon } = knownMembers(value, place, ['lat', 'lon']);
  return {
    lat: numberAt(lat, `${place}.lat`, -90, 90, 'degrees from -90 to 90'),
    lon: numberAt(lon, `${place}.lon`, -180, 180, 'degrees from -180 to 180'),
  };
}

export function boxAt(value: unknown, place: string): Test {
  const corners = knownMembers(value, place, ['top_left', 'bottom_right']);
  const { lat: north, lon: west } = placeAt(corners['top_left'], `${place}.top_left`);
  const { lat: south, lon: east } = placeAt(corners['bottom_right'], `${place}.bottom_right`);
  if (north < south) throw refuse(place, `has its top (lat ${north}) below its bottom (lat ${south})`);
  return { kind: 'box', north, south, west, east };
}

export function circleAt(value: unknown, place: string): Test {
  const { center, radius } = knownMembers(value, place, ['center', 'radius']);
  return {
    kind: 'circle',
    ...placeAt(center, `${place}.center`),
    radius: numberAt(radius, `${place}.radius`, 0, Infinity, 'meters from 0'),
  };
}

/** A ring: at least four `points`, of which the last is the first again. They may lie on a line, as in Qdrant: that is an area too. */
function ringAt(value: unknown, place: string): Ring {
  const inside = `${place}.points`;
  const points = mapAt(knownMembers(value, place, ['points'])['points'], inside, placeAt);
  if (points.length < 4)
    throw refuse(
      inside,
      `must be at least 4 places, the last one the same as the first; got ${points.length}`,
    );
  const [first, last] = [points[0]!, points.at(-1)!];
  if (first.lat !== last.lat || first.lon !== last.lon)
    throw refuse(inside, 'must end where they begin: repeat the first place as the last one');
  return ringOf(points);
}

export function polygonAt(value: unknown, place: string): Test {
  const { exterior, interiors } = knownMembers(value, place, ['exterior', 'interiors']);
  const around = ringAt(exterior, `${place}.exterior`);
  const holes = interiors === undefined ? [] : mapAt(interiors, `${place}.interiors`, ringAt);
  const points = holes.reduce((sum, { lats }) => sum + lats.length, around.lats.length);
  atMost(`places of ${place}`, points, POLYGON_POINTS_MAX, 'Simplify the polygon');
  return { kind: 'polygon', ...polygonOf(around, holes) };
}
