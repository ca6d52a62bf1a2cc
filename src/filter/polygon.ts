/*
 * Areas within polygons: a ring of places around, and rings around the holes in it. As in Qdrant, the globe is taken for
 * a plane of degrees: edges are straight there, and none crosses the date line. A place on an edge is inside, on the edge
 * of a hole as well, and polygons with a common edge leave no place out between them. Where a corner of one lies within
 * an edge of the other, these are two lines, and rounding may leave a place out.
 */
import { type Bounds, type Edges, edgesOf, ON_EDGE, type Ring, someWithin, spanOf, turnOf } from './edges.js';
import type { Place } from './geo.js';

export interface Polygon {
  readonly exterior: Ring;
  readonly interiors: readonly Ring[];
  /** Of the exterior: most places are decided by it. */
  readonly bounds: Bounds;
  /** Of all rings, the exterior first. */
  readonly edges: Edges;
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
  return { exterior, interiors, bounds, edges: edgesOf([exterior, ...interiors], bounds) };
}

/**
 * Whether a place is inside, by how often each ring goes around it (winding number; Hormann & Agathos 2001). It
 * calculates only where a place is within the box of an edge; otherwise comparisons decide. So all places of a box that
 * no edge's box meets get the same answer, which the geo index relies on.
 */
export function inPolygon({ lat, lon }: Place, { bounds, edges }: Polygon): boolean {
  if (lat < bounds.south || lat > bounds.north || lon < bounds.west || lon > bounds.east) return false;
  const { lats, lons, rings, numbers } = edges;
  const [first, end] = spanOf(edges, lat, lat);
  let ring = 0;
  let turns = 0;
  let onEdge = false;
  for (let at = first; at < end; at++) {
    const edge = numbers[at]!;
    if (rings[edge] !== ring) {
      if (leavesOut(ring, turns, onEdge)) return false;
      ring = rings[edge]!;
      turns = 0;
      onEdge = false;
    }
    const turn = turnOf(lats, lons, edge, lat, lon);
    if (turn === ON_EDGE) onEdge = true;
    else turns += turn;
  }
  return !leavesOut(ring, turns, onEdge);
}

/** Whether a place is outside the exterior, which is the first ring, or within a hole. */
function leavesOut(ring: number, turns: number, onEdge: boolean): boolean {
  return !onEdge && (turns === 0) === (ring === 0);
}

/** Whether an edge may lie within these bounds: if not, all places in there are inside, or none. */
export function edgeWithin(box: Bounds, { bounds, edges }: Polygon): boolean {
  if (
    box.north < bounds.south ||
    box.south > bounds.north ||
    box.east < bounds.west ||
    box.west > bounds.east
  )
    return false;
  return someWithin(edges, box);
}

/** With how many edges places of these latitudes are compared at most. */
export function edgesBetween(south: number, north: number, { bounds, edges }: Polygon): number {
  if (north < bounds.south || south > bounds.north) return 0;
  const [first, end] = spanOf(edges, south, north);
  return end - first;
}
