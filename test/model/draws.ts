/* What the machine works with, at random: vectors, and ids of points that are there, were there, or never were. */
import type { PointId } from '#silt/index.js';
import { integer, type Random } from '../support/random.js';
import type { CollectionModel } from './collection-model.js';

export class Draws {
  readonly #random: Random;
  readonly #vectors: readonly Float32Array[];
  readonly #model: CollectionModel;

  constructor(random: Random, vectors: readonly Float32Array[], model: CollectionModel) {
    this.#random = random;
    this.#vectors = vectors;
    this.#model = model;
  }

  vector(): Float32Array {
    return this.#vectors[integer(this.#random, 0, this.#vectors.length)]!;
  }

  /** An id: often one that lives, sometimes one that did or never did. */
  id(): PointId {
    const draw = this.#random();
    if (draw < 0.02) return 2n ** 64n - 1n - BigInt(integer(this.#random, 0, 5));
    if (draw < 0.2) return `p${integer(this.#random, 0, 60)}`;
    return integer(this.#random, 0, draw < 0.7 ? 150 : 500);
  }

  /** The id of a point that is there. */
  some(): PointId | undefined {
    return [...this.#model.rows.keys()][integer(this.#random, 0, Math.max(1, this.#model.rows.size))];
  }
}

export type Operation = readonly [weight: number, run: () => unknown];

/** One of these, as often as it weighs. */
export function operationFrom(
  random: Random,
  operations: Readonly<Record<string, Operation>>,
): { readonly name: string; run(): unknown } {
  const all = Object.entries(operations);
  let draw = random() * all.reduce((sum, [, [weight]]) => sum + weight, 0);
  const [name, [, run]] = all.find(([, [weight]]) => (draw -= weight) < 0)!;
  return { name, run };
}
