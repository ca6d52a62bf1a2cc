/* Rows that are in the store or in the arenas alone. */
import type { StoreView } from '../store/store.js';
import type { Rows } from './rows.js';
import { canBeTaken } from './rows-behind.js';
import type { StoredRows } from './stored-rows.js';

interface Strays {
  readonly missing: number[];
  readonly extra: number[];
}

/** Rows compared in one step. */
const STEP_ROWS = 1_000;

/** Rows that the store has and the arenas have not, and the other way round; in small steps. */
export function* strays(
  { store, collection }: { readonly store: Pick<StoreView, 'rows'>; readonly collection: number },
  rows: Rows,
): Generator<void, Strays> {
  const missing: number[] = [];
  const extra: number[] = [];
  const kept = store.rows(collection, 0)[Symbol.iterator]();
  let next = kept.next();
  let compared = 0;
  for (const row of rows.live()) {
    if (++compared % STEP_ROWS === 0) yield;
    for (; !next.done && next.value < row; next = kept.next()) missing.push(next.value);
    if (!next.done && next.value === row) next = kept.next();
    else extra.push(row);
  }
  for (; !next.done; next = kept.next()) missing.push(next.value);
  return { missing, extra };
}

/** The same in one go. */
export function straysOf(stored: Parameters<typeof strays>[0], rows: Rows): Strays {
  const steps = strays(stored, rows);
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}

/**
 * Notes the rows that the arenas are without because they are unreadable; in small steps. False where one of them can be read now:
 * the arenas must be rebuilt to have it.
 */
export function* noteMissing(stored: StoredRows, rows: Rows): Generator<void, boolean> {
  const { missing } = yield* strays(stored, rows);
  return missing.every((row) => !canBeTaken(stored, row));
}
