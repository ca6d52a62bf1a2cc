/* Rows that are in the store or in the arenas alone. */
import type { StoreView } from '../store/store.js';
import type { Rows } from './rows.js';
import { canBeTaken } from './rows-behind.js';
import type { StoredRows } from './stored-rows.js';

/** Rows that the store has and the arenas have not, and the other way round. */
export function straysOf(
  { store, collection }: { readonly store: Pick<StoreView, 'rows'>; readonly collection: number },
  rows: Rows,
): { missing: number[]; extra: number[] } {
  const missing: number[] = [];
  const extra: number[] = [];
  const kept = store.rows(collection, 0)[Symbol.iterator]();
  let next = kept.next();
  for (const row of rows.live()) {
    for (; !next.done && next.value < row; next = kept.next()) missing.push(next.value);
    if (!next.done && next.value === row) next = kept.next();
    else extra.push(row);
  }
  for (; !next.done; next = kept.next()) missing.push(next.value);
  return { missing, extra };
}

/**
 * Notes the rows that the arenas are without because they are unreadable. False where one of them can be read now:
 * the arenas must be rebuilt to have it.
 */
export function noteMissing(stored: StoredRows, rows: Rows): boolean {
  return straysOf(stored, rows).missing.every((row) => !canBeTaken(stored, row));
}
