/* Areas of filters, from Qdrant's to Silt's: the edges of a box do not belong to it, and one that is upside down holds nothing. */

interface Place {
  readonly lat: number;
  readonly lon: number;
}

const BITS = new DataView(new ArrayBuffer(8));

/** The float64 next to one, above it. */
function above(value: number): number {
  if (value === 0) return Number.MIN_VALUE;
  BITS.setFloat64(0, value);
  BITS.setBigInt64(0, BITS.getBigInt64(0) + (value > 0 ? 1n : -1n));
  return BITS.getFloat64(0);
}

const below = (value: number): number => -above(-value);

const isPlace = (value: unknown): value is Place => {
  const { lat, lon } = (value ?? {}) as Partial<Place>;
  return Number.isFinite(lat) && Number.isFinite(lon);
};

/** Undefined where no place is within. What is no box is given back as it is, for whoever reads filters to say so. */
export function boxIn(box: Readonly<Record<string, unknown>>): object | undefined {
  const { top_left, bottom_right, ...others } = box;
  if (!isPlace(top_left) || !isPlace(bottom_right)) return box;
  const [north, south] = [below(top_left.lat), above(bottom_right.lat)];
  if (north < south) return undefined;
  const west = top_left.lon === 180 ? 180 : above(top_left.lon);
  const east = bottom_right.lon === -180 ? -180 : below(bottom_right.lon);
  // Where it was not, it would go round the earth now.
  if (west > east && top_left.lon <= bottom_right.lon) return undefined;
  return { ...others, top_left: { lat: north, lon: west }, bottom_right: { lat: south, lon: east } };
}
