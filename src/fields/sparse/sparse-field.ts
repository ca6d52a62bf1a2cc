/*
 * A field of sparse vectors: an inverted index by slot, and how far it has come. It takes in slots in their order, those of
 * points without a value as well; what lies behind is taken in before a search of the field is answered.
 */
import type { VectorValue } from '../../api/points.js';
import type { KernelCode } from '../../kernel/builds.js';
import type { SparseSpec } from '../field.js';
import { SparseIndex, type SparseValue } from './sparse-index.js';

export class SparseField {
  readonly spec: SparseSpec;
  readonly index: SparseIndex;
  #upTo = 0;

  constructor(spec: SparseSpec, code: KernelCode) {
    this.spec = spec;
    this.index = new SparseIndex(code, { idf: spec.modifier === 'idf' });
  }

  /** Slots taken in: the next one is this. */
  get upTo(): number {
    return this.#upTo;
  }

  /** Takes in a slot, if it is the next one. */
  add(slot: number, value: VectorValue | undefined): void {
    if (slot !== this.#upTo) return;
    this.#upTo++;
    if (value) this.index.add(slot, value as SparseValue);
  }
}
