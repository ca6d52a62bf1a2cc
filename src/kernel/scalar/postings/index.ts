/* The kernel of inverted indexes in plain TypeScript: the same bits in every score as the compiled one. */
import type { PostingsKernel } from '../../postings-kernel.js';
import { add, append, newTerm, truncate } from './append.js';
import { count, meet, rewind } from './lists.js';
import { allocate, Memory, release, setUp } from './memory.js';
import { bound } from './runs.js';
import { search } from './window.js';

export function bindPostingsScalar(memory: WebAssembly.Memory): PostingsKernel {
  const m = new Memory(memory);
  return {
    setUp: (valueBytes, fixed, length) => setUp(m.fresh(), valueBytes, fixed, length),
    allocate: (bytes) => allocate(m.fresh(), bytes),
    release: (at, bytes) => release(m.fresh(), at, bytes),
    newTerm: () => newTerm(m.fresh()),
    append: (term, window, n) => append(m.fresh(), term, window, n),
    add: (slot, from, n, length, average, lengths) =>
      add(m.fresh(), slot, from, n, { length, average, lengths }),
    bound: (run, average, lengths) => bound(m.fresh(), run, average, lengths),
    truncate: (term, slot) => truncate(m.fresh(), term, slot),
    rewind: (query) => rewind(m.fresh(), query),
    count: (query, window, masked) => count(m.fresh(), query, window, masked !== 0),
    meet: (query, window) => meet(m.fresh(), query, window),
    search: (query, window, lengths, masked) => search(m.fresh(), query, window, lengths, masked !== 0),
  };
}
