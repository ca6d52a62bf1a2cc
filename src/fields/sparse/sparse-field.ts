/* A field of sparse vectors: an inverted index of what is stored with each point. */
import type { KernelCode } from '../../kernel/builds.js';
import type { SparseSpec } from '../field.js';
import { InvertedField, type StoredValues } from '../inverted/field.js';
import { SparseIndex, type SparseValue, type WeighedSparse } from './sparse-index.js';

export class SparseField extends InvertedField<SparseSpec, SparseValue, SparseValue, WeighedSparse> {
  constructor(spec: SparseSpec, code: KernelCode) {
    super(spec, () => new SparseIndex(code, { idf: spec.modifier === 'idf' }));
  }

  get madeBy(): string {
    return 'sparse';
  }

  protected valueOf(stored: StoredValues, row: number): SparseValue | undefined {
    return stored.value(row, this.spec) as SparseValue | undefined;
  }
}
