/* Of the points nearest to a value, those that are chosen so that they differ (mmr.ts), in fields of every kind. */
import { atMost } from '../../../base/checks.js';
import { MMR_VECTORS_MAX } from '../../../base/limits.js';
import type { MultiSpec } from '../../../fields/field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { NO_ASPECT } from '../../../filter/aspects.js';
import { kernelCode } from '../../../kernel/builds.js';
import { maxSim } from '../../../kernel/maxsim.js';
import { MaxSimQuery } from '../../../kernel/maxsim-query.js';
import { METRICS, type Metric } from '../../../kernel/metrics.js';
import type { LiveIndex } from '../../live-index.js';
import { Moment } from '../moment.js';
import { sparseProduct } from './examples.js';
import { valueIn } from './examples-of.js';
import type { Scored } from './list.js';
import { choosing } from './mmr.js';
import type { Compared, Value } from './tree.js';

/** How similar one of some values is to another, by their places; by MaxSim the first asks. */
type Likeness = (a: number, b: number) => number;

function likenessOfVectors(metric: Metric, vectors: readonly Float32Array[]): Likeness {
  const { against, distance, higherIsBetter } = METRICS[metric];
  // Of those alone that the others are compared with: few of thousands.
  const compares: (((other: Float32Array) => number) | undefined)[] = vectors.map(() => undefined);
  return (a, b) => {
    const compare = (compares[b] ??= against(vectors[b]!));
    const found = compare(vectors[a]!);
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

/** What is chosen from. */
interface Choosing {
  readonly to: Value;
  /** The nearest to a value, best first. */
  readonly found: readonly Scored[];
  readonly diversity: number;
  readonly count: number;
}

/** Values that are read and compared between two stops. */
const STEP = 16;

/** In the order in which they are chosen, with their scores. In small steps. */
function* steps(
  live: LiveIndex,
  compared: Compared,
  { to, found, diversity, count }: Choosing,
): Generator<void, Scored[]> {
  const readable: { readonly one: Scored; readonly value: Value }[] = [];
  for (const [i, one] of found.entries()) {
    const value = valueIn(live, compared, live.rows.rowAt(one.slot));
    if (value) readable.push({ one, value });
    if (i % STEP === STEP - 1) yield;
  }
  const likeness = likenessOf(live, compared, [to, ...readable.map(({ value }) => value)]);
  const relevance = new Float64Array(readable.length);
  for (let place = 0; place < relevance.length; place++) {
    relevance[place] = likeness(0, place + 1);
    if (place % STEP === STEP - 1) yield;
  }
  const similar: Likeness = (a, b) => likeness(a + 1, b + 1);
  const places = yield* choosing(relevance, similar, { diversity, count });
  return places.map((place) => readable[place]!.one);
}

/** A choice, which may take several turns. It begins again where the points that it is made from are others by then. */
export class Choice {
  readonly #live: LiveIndex;
  readonly #compared: Compared;
  readonly #from: Choosing;
  #moment: Moment;
  #steps: Generator<void, Scored[]>;
  #chosen: Scored[] | undefined;

  constructor(live: LiveIndex, compared: Compared, from: Choosing) {
    this.#live = live;
    this.#compared = compared;
    this.#from = from;
    this.#moment = new Moment(live, NO_ASPECT);
    this.#steps = steps(live, compared, from);
  }

  /** Undefined where it is not made when `isOver`. */
  goOn(isOver: () => boolean): readonly Scored[] | undefined {
    if (!this.#moment.lasts(this.#from.found)) {
      this.#chosen = undefined;
      this.#moment = new Moment(this.#live, NO_ASPECT);
      this.#steps = steps(this.#live, this.#compared, this.#from);
    }
    while (!this.#chosen) {
      const step = this.#steps.next();
      if (step.done) this.#chosen = step.value;
      else if (isOver()) return undefined;
    }
    return this.#chosen;
  }
}
