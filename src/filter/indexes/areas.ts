/*
 * Boxes, circles and polygons on the globe, as regions of places. A single place is asked of geo.ts; of a box of places, only
 * what is certain is said. Columns: latitude, longitude.
 */
import { setBit } from '../bits.js';
import { type Box, type Circle, inBox, inCircle } from '../geo.js';
import { edgesBetween, edgeWithin, inPolygon, type Polygon } from '../polygon.js';
import { ALL, type Entries, NONE, type Region, type Share, SOME } from './region.js';

/** As in geo.ts. */
const EARTH_RADIUS = 6_371_008.8;
const DEGREES = 180 / Math.PI;
/** How far a place may be from where it is computed to be: float64 is off by up to 0.1 m on the far side of the globe. */
const SLACK_METERS = 1;
const SLACK_DEGREES = 1e-4;

interface Span {
  readonly from: number;
  readonly to: number;
}

/** Whether longitudes of a span may be within an area that runs from `west` eastwards to `east`. */
function mayMeet({ from, to }: Span, west: number, east: number): boolean {
  return west > east ? to >= west || from <= east : to >= west && from <= east;
}

/** Whether all four corners of a box of places are held. */
function everyCorner(
  lats: Span,
  lons: Span,
  holds: (place: { lat: number; lon: number }) => boolean,
): boolean {
  return [lats.from, lats.to].every((lat) => [lons.from, lons.to].every((lon) => holds({ lat, lon })));
}

/** A region of places, each of which is asked by itself; of a box that is a single place, that one. */
abstract class Area implements Region {
  /** Asked again and again, for no object to be made of an entry. */
  readonly #place = { lat: 0, lon: 0 };

  protected abstract holds(place: { lat: number; lon: number }): boolean;
  protected abstract shareOf(lats: Span, lons: Span): Share;

  share(low: Float64Array, high: Float64Array): Share {
    const lats = { from: low[0]!, to: high[0]! };
    const lons = { from: low[1]!, to: high[1]! };
    if (lats.from === lats.to && lons.from === lons.to)
      return this.holds({ lat: lats.from, lon: lons.from }) ? ALL : NONE;
    return this.shareOf(lats, lons);
  }

  mark({ columns, slots }: Entries, count: number, words: Uint32Array): void {
    const [lats, lons] = columns;
    for (let i = 0; i < count; i++) {
      this.#place.lat = lats![i]!;
      this.#place.lon = lons![i]!;
      if (this.holds(this.#place)) setBit(words, slots[i]!);
    }
  }
}

export class BoxArea extends Area {
  readonly #box: Box;

  constructor(box: Box) {
    super();
    this.#box = box;
  }

  /** As inBox, without a branch. */
  override mark({ columns, slots }: Entries, count: number, words: Uint32Array): void {
    const { north, south, west, east } = this.#box;
    const [lats, lons] = columns;
    const over = Number(west > east);
    for (let i = 0; i < count; i++) {
      const lat = lats![i]!;
      const lon = lons![i]!;
      const slot = slots[i]!;
      const inLats = Number(lat > south) & Number(lat < north);
      // Both hold between the edges; over the date line, where the edges are the other way round, one is enough.
      const sides = Number(lon > west) + Number(lon < east) + over;
      words[slot >>> 5]! |= (inLats & (sides >>> 1)) << slot;
    }
  }

  protected holds(place: { lat: number; lon: number }): boolean {
    return inBox(place, this.#box);
  }

  protected shareOf(lats: Span, lons: Span): Share {
    const { north, south, west, east } = this.#box;
    if (lats.to < south || lats.from > north || !mayMeet(lons, west, east)) return NONE;
    // Over the date line, corners may be on both sides of a gap.
    const gap = west > east && lons.from <= east && lons.to >= west;
    return !gap && everyCorner(lats, lons, (place) => this.holds(place)) ? ALL : SOME;
  }
}

export class CircleArea extends Area {
  readonly #circle: Circle;
  readonly #inner: Circle;
  readonly #lats: Span;
  /** How far it reaches to the east and the west, in degrees. */
  readonly #reach: number;

  constructor(circle: Circle) {
    super();
    this.#circle = circle;
    this.#inner = { lat: circle.lat, lon: circle.lon, radius: circle.radius - SLACK_METERS };
    const away = (circle.radius / EARTH_RADIUS) * DEGREES + SLACK_DEGREES;
    this.#lats = { from: circle.lat - away, to: circle.lat + away };
    // Around a pole it has every longitude.
    const pole = this.#lats.from <= -90 || this.#lats.to >= 90;
    const ratio = Math.sin(Math.min(away, 90) / DEGREES) / Math.cos(circle.lat / DEGREES);
    this.#reach = pole || ratio >= 1 ? 180 : Math.asin(ratio) * DEGREES + SLACK_DEGREES;
  }

  protected holds(place: { lat: number; lon: number }): boolean {
    // Most places near a circle are told by their coordinates, without a sine.
    if (place.lat < this.#lats.from || place.lat > this.#lats.to) return false;
    const away = Math.abs(place.lon - this.#circle.lon);
    return Math.min(away, 360 - away) <= this.#reach && inCircle(place, this.#circle);
  }

  protected shareOf(lats: Span, lons: Span): Share {
    if (lats.to < this.#lats.from || lats.from > this.#lats.to) return NONE;
    const { lon } = this.#circle;
    // The longitudes of a circle over the date line go on beyond 180 degrees.
    const near = [-360, 0, 360].some((turn) =>
      mayMeet(lons, lon + turn - this.#reach, lon + turn + this.#reach),
    );
    if (!near) return NONE;
    // Within a quarter of the globe's turn, no place of a box is farther away than its farthest corner.
    const quarter = lons.from >= lon - 90 && lons.to <= lon + 90;
    return quarter && everyCorner(lats, lons, (place) => inCircle(place, this.#inner)) ? ALL : SOME;
  }
}

/**
 * With how many edges places and boxes are compared, at 1 to 7 ns each, in one turn: some 50 ms at worst. For an outline
 * as of a country, of 10,000 corners, that is enough in an index of some million places.
 */
const EDGES_MAX = 1 << 23;

/** Beyond so many edges to compare with, it holds whatever it would have to compare: payloads then decide, in slices. */
export class PolygonArea extends Area {
  readonly #polygon: Polygon;
  #edgesLeft = EDGES_MAX;

  constructor(polygon: Polygon) {
    super();
    this.#polygon = polygon;
  }

  /** Whether places that were marked are all within. */
  get exact(): boolean {
    return this.#edgesLeft > 0;
  }

  protected holds(place: { lat: number; lon: number }): boolean {
    if (this.#edgesLeft <= 0) return true;
    this.#edgesLeft -= edgesBetween(place.lat, place.lat, this.#polygon);
    return inPolygon(place, this.#polygon);
  }

  protected shareOf(lats: Span, lons: Span): Share {
    if (this.#edgesLeft <= 0) return SOME;
    const box = { south: lats.from, north: lats.to, west: lons.from, east: lons.to };
    this.#edgesLeft -= edgesBetween(box.south, box.north, this.#polygon);
    if (edgeWithin(box, this.#polygon)) return SOME;
    return this.holds({ lat: lats.from, lon: lons.from }) ? ALL : NONE;
  }
}
