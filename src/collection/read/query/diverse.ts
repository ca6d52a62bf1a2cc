/* Of the points nearest to a value, those that are chosen so that they differ (mmr.ts), in fields of every kind. */
import { atMost } from '../../../base/checks.js';
import { MMR_VECTORS_MAX } from '../../../base/limits.js';
import type { MultiSpec } from '../../../fields/field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { kernelCode } from '../../../kernel/builds.js';
import { maxSim } from '../../../kernel/maxsim.js';
import { MaxSimQuery } from '../../../kernel/maxsim-query.js';
import { METRICS, type Metric } from '../../../kernel/metrics.js';
import type { LiveIndex } from '../../live-index.js';
import { sparseProduct } from './examples.js';
import { valueIn } from './examples-of.js';
import type { Scored } from './list.js';
import { chosen } from './mmr.js';
import type { Compared, Mmr, Value } from './tree.js';

/** How similar one of some values is to another, by their places; by MaxSim the first asks. */
type Likeness = (a: number, b: number) => number;

function likenessOfVectors(metric: Metric, vectors: readonly Float32Array[]): Likeness {
  const { against, distance, higherIsBetter } = METRICS[metric];
  const compares = vectors.map((vector) => against(vector));
  return (a, b) => {
    const found = compares[b]!(vectors[a]!);
    return Math.fround(higherIsBetter ? found : -distance(found)); // as exact as the kernel's
  };
}

function likenessOfMany(
  live: LiveIndex,
  { metric, dimension }: MultiSpec,
  values: readonly (readonly Float32Array[])[],
): Likeness {
  atMost(
    'vectors of the candidates of mmr',
    values.reduce((sum, { length }) => sum + length, 0),
    MMR_VECTORS_MAX,
    'Choose from fewer',
  );
  const kernel = maxSim(kernelCode(live.platform.kernel));
  const queries = values.map((vectors) => new MaxSimQuery(metric, dimension, vectors));
  const bytes = values.map((vectors) => {
    const all = new Float32Array(vectors.length * dimension);
    for (const [i, vector] of vectors.entries()) all.set(vector, i * dimension);
    return new Uint8Array(all.buffer);
  });
  return (a, b) => -kernel.distance(queries[a]!, bytes[b]!);
}

/** By what a sparse field has, whatever its modifier: that is of searches by its index. */
const likenessOfSparse =
  (values: readonly SparseValue[]): Likeness =>
  (a, b) =>
    sparseProduct(values[a]!, values[b]!);

function likenessOf(live: LiveIndex, { spec }: Compared, values: readonly Value[]): Likeness {
  if (spec.kind === 'sparse') return likenessOfSparse(values as readonly SparseValue[]);
  if (spec.kind === 'multi') return likenessOfMany(live, spec, values as readonly Float32Array[][]);
  return likenessOfVectors(spec.metric, values as readonly Float32Array[]);
}

/** `found`: the nearest to a value, best first. In the order in which they are chosen, with their scores. */
export function diverse(
  live: LiveIndex,
  compared: Compared,
  { to, found }: { readonly to: Value; readonly found: readonly Scored[] },
  { diversity }: Mmr,
  count: number,
): Scored[] {
  const read = found.map((one) => ({ one, value: valueIn(live, compared, live.rows.rowAt(one.slot)) }));
  const readable = read.filter(({ value }) => value !== undefined);
  const likeness = likenessOf(live, compared, [to, ...readable.map(({ value }) => value!)]);
  const relevance = readable.map((_, place) => likeness(0, place + 1));
  const similar: Likeness = (a, b) => likeness(a + 1, b + 1);
  return chosen(relevance, similar, { diversity, count }).map((place) => readable[place]!.one);
}
