/*
 * Places in the order of a curve through the globe (Z-order, Morton 1966): places near each other on the curve are
 * near each other on the globe, so that the boxes around buckets are small.
 */
import type { Test } from '../condition.js';
import { type Place, placeOf } from '../geo.js';
import { BoxArea, CircleArea, PolygonArea } from './areas.js';
import type { BlockReader, BlockWriter } from './blocks.js';
import type { Space } from './bucket.js';
import { Points } from './points.js';
import type { Columns, Region } from './region.js';
import type { Contents, Told } from './value-index.js';

/** Bits of a coordinate in a key, which is an exact float64 then: steps of 0.6 m at the equator. */
const KEY_BITS = 26;
const STEPS = 2 ** KEY_BITS;
const HALF = 2 ** (KEY_BITS / 2);

/** Thirteen bits, with a gap after each. */
function spread(bits: number): number {
  let x = bits;
  x = (x | (x << 8)) & 0x00ff_00ff;
  x = (x | (x << 4)) & 0x0f0f_0f0f;
  x = (x | (x << 2)) & 0x3333_3333;
  return (x | (x << 1)) & 0x5555_5555;
}

/** Where a place is on the curve. */
function keyOf(columns: Columns, at: number): number {
  const lat = Math.min(STEPS - 1, Math.floor(((columns[0]![at]! + 90) / 180) * STEPS));
  const lon = Math.min(STEPS - 1, Math.floor(((columns[1]![at]! + 180) / 360) * STEPS));
  const high = spread(Math.floor(lat / HALF)) * 2 + spread(Math.floor(lon / HALF));
  return high * STEPS + spread(lat % HALF) * 2 + spread(lon % HALF);
}

/** Fewer than on a line: the edge of an area goes through more buckets. */
const GLOBE: Space = { width: 2, bucketEntries: 1_024, keyOf };

function areaOf(test: Test): Region | undefined {
  if (test.kind === 'box') return new BoxArea(test);
  if (test.kind === 'circle') return new CircleArea(test);
  return test.kind === 'polygon' ? new PolygonArea(test) : undefined;
}

export class GeoContents implements Contents {
  readonly #places = new Points(GLOBE);
  readonly #point = [new Float64Array(1), new Float64Array(1)];

  get entries(): number {
    return this.#places.entries;
  }

  add(slot: number, elements: readonly unknown[]): void {
    const places = elements.length === 1 ? elements : elements.filter((element) => placeOf(element));
    if (places.length > 1) {
      const of = places as readonly Place[];
      this.#places.add(
        [Float64Array.from(of, ({ lat }) => lat), Float64Array.from(of, ({ lon }) => lon)],
        of.length,
        slot,
      );
      return;
    }
    const place = placeOf(places[0]);
    if (!place) return;
    this.#point[0]![0] = place.lat;
    this.#point[1]![0] = place.lon;
    this.#places.add(this.#point, 1, slot);
  }

  mark(test: Test, words: Uint32Array, rows: number): Told {
    const area = areaOf(test);
    if (!area) return 'nothing';
    this.#places.mark(area, words, rows);
    return area instanceof PolygonArea && !area.exact ? 'candidates' : 'exact';
  }

  dump(out: BlockWriter): Iterable<Uint8Array> {
    return this.#places.dump(out);
  }

  load(from: BlockReader, rows: number): void {
    this.#places.load(from, rows);
  }

  dispose(): void {
    this.#places.dispose();
  }
}
