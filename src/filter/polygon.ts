/*
 * Areas within polygons: a ring of places around, and rings around the holes in it. As in Qdrant, the globe is taken for
 * a plane of degrees: edges are straight there, and none crosses the date line. A place on an edge is inside, on the edge
 * of a hole as well, and polygons with a common edge leave no place out between them. Where a corner of one lies within
 * an edge of the other, these are two lines, and rounding may leave a place out.
 */
import type { Place } from './geo.js';

/** Corners of a ring, of which the last is the first again. */
export interface Ring {
  readonly lats: Float64Array;
  readonly lons: Float64Array;
}

/** The least and the greatest of both coordinates. */
export interface Bounds {
  readonly south: number;
  readonly north: number;
  readonly west: number;
  readonly east: number;
}

export interface Polygon {
  readonly exterior: Ring;
  readonly interiors: readonly Ring[];
  /** Of the exterior: most places are told by it. */
  readonly bounds: Bounds;
}

export function ringOf(corners: readonly Place[]): Ring {
  return {
    lats: Float64Array.from(corners, ({ lat }) => lat),
    lons: Float64Array.from(corners, ({ lon }) => lon),
  };
}

export function polygonOf(exterior: Ring, interiors: readonly Ring[]): Polygon {
  const bounds = {
    south: Math.min(...exterior.lats),
    north: Math.max(...exterior.lats),
    west: Math.min(...exterior.lons),
    east: Math.max(...exterior.lons),
  };
  return { exterior, interiors, bounds };
}

const OUTSIDE = 0;
const EDGE = 1;
const INSIDE = 2;

/**
 * Positive for a place to the east of a line that runs northwards. The ends of an edge are given in that order whichever
 * way its ring goes round: the result is rounded, and two polygons with this edge must agree on which of them has a place.
 */
function sideOfLine(
  south: number,
  southLon: number,
  north: number,
  northLon: number,
  lat: number,
  lon: number,
): number {
  return (north - south) * (lon - southLon) - (northLon - southLon) * (lat - south);
}

/**
 * Where a place is, by how often the ring goes around it (winding number; Hormann & Agathos 2001). It calculates only
 * where a place is within the box of an edge; else comparisons tell. So all places of a box that no edge's box meets get
 * the same answer, which the geo index relies on.
 */
function sideOf({ lats, lons }: Ring, lat: number, lon: number): number {
  let turns = 0;
  for (let i = 1; i < lats.length; i++) {
    const fromLat = lats[i - 1]!;
    const toLat = lats[i]!;
    if ((lat < fromLat && lat < toLat) || (lat > fromLat && lat > toLat)) continue;
    const fromLon = lons[i - 1]!;
    const toLon = lons[i]!;
    if (lon > fromLon && lon > toLon) continue;
    const up = fromLat <= lat && lat < toLat;
    const down = toLat <= lat && lat < fromLat;
    if (lon >= Math.min(fromLon, toLon)) {
      const northwards = fromLat < toLat || (fromLat === toLat && fromLon < toLon);
      const side = northwards
        ? sideOfLine(fromLat, fromLon, toLat, toLon, lat, lon)
        : sideOfLine(toLat, toLon, fromLat, fromLon, lat, lon);
      if (side === 0) return EDGE;
      if (side > 0) continue;
    }
    if (up) turns++;
    else if (down) turns--;
  }
  return turns === 0 ? OUTSIDE : INSIDE;
}

export function inPolygon({ lat, lon }: Place, { exterior, interiors, bounds }: Polygon): boolean {
  if (lat < bounds.south || lat > bounds.north || lon < bounds.west || lon > bounds.east) return false;
  if (sideOf(exterior, lat, lon) === OUTSIDE) return false;
  for (const hole of interiors) if (sideOf(hole, lat, lon) === INSIDE) return false;
  return true;
}

/** Whether the box around an edge of the ring meets these bounds. */
function ringMeets({ lats, lons }: Ring, { south, north, west, east }: Bounds): boolean {
  for (let i = 1; i < lats.length; i++) {
    if (lats[i]! < south && lats[i - 1]! < south) continue;
    if (lats[i]! > north && lats[i - 1]! > north) continue;
    if (lons[i]! < west && lons[i - 1]! < west) continue;
    if (lons[i]! > east && lons[i - 1]! > east) continue;
    return true;
  }
  return false;
}

/** Whether an edge may lie within these bounds: if not, all places in there are inside, or none. */
export function edgeWithin(bounds: Bounds, { exterior, interiors }: Polygon): boolean {
  return ringMeets(exterior, bounds) || interiors.some((hole) => ringMeets(hole, bounds));
}
