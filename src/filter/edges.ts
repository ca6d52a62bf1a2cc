/*
 * Edges of the rings of a polygon, by bands of latitude: a place is compared with the edges of its band alone, of
 * 10,000 mostly with ten or so.
 */

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

export interface Edges {
  /** Corners of all rings, one ring after another: an edge goes from the corner of its number to the next. */
  readonly lats: Float64Array;
  readonly lons: Float64Array;
  /** Which ring an edge belongs to. */
  readonly rings: Uint32Array;
  /** Numbers of edges, band by band, ascending in each; the one at `ends[b]` is the first behind band `b`. */
  readonly numbers: Uint32Array;
  readonly ends: Uint32Array;
  readonly south: number;
  readonly bandsPerDegree: number;
}

/** An edge is in as many bands as its latitudes meet: in so many on average, at most. */
const BANDS_OF_EDGE = 4;

/** The band of a latitude; those beyond the bounds are in the outermost ones. Never falls where the latitude rises. */
function bandOf(lat: number, south: number, bandsPerDegree: number, bands: number): number {
  return Math.max(0, Math.min(bands - 1, Math.floor((lat - south) * bandsPerDegree)));
}

/** As many bands as there are edges, and fewer where edges are so high that they would be in too many. */
function bandsFor(edges: number, edgeHeights: number, height: number): number {
  if (edgeHeights === 0) return 1;
  const bands = Math.floor((BANDS_OF_EDGE - 1) * edges * (height / edgeHeights));
  return Math.max(1, Math.min(edges, bands));
}

function concat(arrays: readonly Float64Array[]): Float64Array {
  const all = new Float64Array(arrays.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const one of arrays) {
    all.set(one, at);
    at += one.length;
  }
  return all;
}

export function edgesOf(of: readonly Ring[], { south, north }: Bounds): Edges {
  const lats = concat(of.map((ring) => ring.lats));
  const lons = concat(of.map((ring) => ring.lons));
  const rings = new Uint32Array(lats.length);
  const known: number[] = [];
  let edgeHeights = 0;
  let from = 0;
  for (const [ring, { lats: corners }] of of.entries()) {
    for (let edge = from; edge < from + corners.length - 1; edge++) {
      known.push(edge);
      rings[edge] = ring;
      edgeHeights += Math.abs(lats[edge + 1]! - lats[edge]!);
    }
    from += corners.length;
  }
  const height = north - south;
  const bands = bandsFor(known.length, edgeHeights, height);
  // Of a height next to 0 there may be more bands per degree than a float64 holds.
  const bandsPerDegree = Math.min(bands / height, Number.MAX_VALUE);
  const band = (lat: number): number => bandOf(lat, south, bandsPerDegree, bands);
  const lowest = (edge: number): number => band(Math.min(lats[edge]!, lats[edge + 1]!));
  const highest = (edge: number): number => band(Math.max(lats[edge]!, lats[edge + 1]!));

  // Counted first, then put in: `ends[b]` is where the next edge of band `b` goes, until all are there.
  const ends = new Uint32Array(bands + 1);
  for (const edge of known) for (let b = lowest(edge); b <= highest(edge); b++) ends[b + 1]!++;
  for (let b = 0; b < bands; b++) ends[b + 1]! += ends[b]!;
  const numbers = new Uint32Array(ends[bands]!);
  for (const edge of known) for (let b = lowest(edge); b <= highest(edge); b++) numbers[ends[b]!++] = edge;
  return { lats, lons, rings, numbers, ends: ends.subarray(0, bands), south, bandsPerDegree };
}

/** Where the numbers of edges that meet latitudes begin, and where they end; some of the band's other edges are there too. */
export function spanOf(
  { ends, south, bandsPerDegree }: Edges,
  from: number,
  to: number,
): [first: number, end: number] {
  const low = bandOf(from, south, bandsPerDegree, ends.length);
  const high = bandOf(to, south, bandsPerDegree, ends.length);
  return [low === 0 ? 0 : ends[low - 1]!, ends[high]!];
}

/** What `turnOf` says of a place on the edge. */
export const ON_EDGE = 2;

/** 1 where the edge passes to the east of a place northwards, -1 southwards, 0 where it does not pass there. */
export function turnOf(
  lats: Float64Array,
  lons: Float64Array,
  edge: number,
  lat: number,
  lon: number,
): number {
  const fromLat = lats[edge]!;
  const toLat = lats[edge + 1]!;
  if ((lat < fromLat && lat < toLat) || (lat > fromLat && lat > toLat)) return 0;
  const fromLon = lons[edge]!;
  const toLon = lons[edge + 1]!;
  if (lon > fromLon && lon > toLon) return 0;
  const turn = Number(fromLat <= lat && lat < toLat) - Number(toLat <= lat && lat < fromLat);
  if (lon < fromLon && lon < toLon) return turn;
  // From the southern end on, or the western one, whichever way the ring goes: the same edge of two polygons, which
  // rounding would otherwise put on both sides of a place, or on none.
  const northwards = fromLat < toLat || (fromLat === toLat && fromLon < toLon);
  const side = northwards
    ? (toLat - fromLat) * (lon - fromLon) - (toLon - fromLon) * (lat - fromLat)
    : (fromLat - toLat) * (lon - toLon) - (fromLon - toLon) * (lat - toLat);
  if (side === 0) return ON_EDGE;
  return side > 0 ? 0 : turn;
}

/** Whether the box around an edge meets these bounds. */
export function someWithin(edges: Edges, { south, north, west, east }: Bounds): boolean {
  const { lats, lons, numbers } = edges;
  const [first, end] = spanOf(edges, south, north);
  for (let at = first; at < end; at++) {
    const edge = numbers[at]!;
    if (lats[edge]! < south && lats[edge + 1]! < south) continue;
    if (lats[edge]! > north && lats[edge + 1]! > north) continue;
    if (lons[edge]! < west && lons[edge + 1]! < west) continue;
    if (lons[edge]! > east && lons[edge + 1]! > east) continue;
    return true;
  }
  return false;
}
