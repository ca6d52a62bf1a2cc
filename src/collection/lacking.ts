/*
 * Vectors that could not be read when their rows were taken up, and can be now: the fields of those rows lack them, and get them
 * here. So a fault of the disk that is over leaves no point out of a graph for good.
 *
 * Called where no group of writes is between its staging and its end: what is staged would stand in the places that are given here.
 */
import type { DenseSpec } from '../fields/field.js';
import type { ChangedRow } from './changed-rows.js';
import type { LiveField } from './live-field.js';
import { denseIn } from './rows-behind.js';
import type { StoredRows } from './stored-rows.js';

interface Lacking {
  readonly stored: StoredRows;
  readonly graphs: readonly LiveField[];
  readonly rows: { slotOf(row: number): number | undefined };
  readonly seq: number;
  change(changed: ChangedRow): void;
  arrived(row: number, changed: boolean): void;
  changed(): void;
}

/** The fields that have no vector of a live row, and whose vector of it can be read. */
export function lackingFields({ stored, graphs, rows }: Lacking, row: number): DenseSpec[] {
  const slot = rows.slotOf(row);
  if (slot === undefined || stored.plain) return [];
  return graphs
    .filter((field) => !field.hasAt(slot))
    .map(({ spec }) => spec)
    .filter((spec) => denseIn(stored, stored.store, row, spec) !== undefined);
}

/** Takes up what fields lack of some rows, as far as that can be read now. Returns of how many rows something was taken up. */
export function takeUpLacking(live: Lacking, some: Iterable<number>): number {
  const { stored } = live;
  let taken = 0;
  for (const row of some) {
    stored.mended.delete(row);
    const specs = lackingFields(live, row);
    if (specs.length === 0) continue;
    const vector = (field: number): Float32Array | undefined =>
      denseIn(stored, stored.store, row, specs.find(({ number }) => number === field)!);
    try {
      for (const field of live.graphs) if (specs.includes(field.spec)) field.engine.reserve(1);
      live.change({ row, fields: specs.map(({ number }) => number), vector });
      taken++;
    } catch (error) {
      // For want of memory: it stays out, and is tried again by the next opening, or `verify`.
      stored.note(
        row,
        specs[0]!.number,
        `it could not be taken up: ${error instanceof Error ? error.message : error}`,
      );
    }
  }
  if (taken === 0) return 0;
  live.arrived(live.seq + 1, true);
  live.changed();
  return taken;
}

/** The same of all rows that were looked at again since. */
export function takeUpMended(live: Lacking): void {
  const { mended } = live.stored;
  if (mended.size > 0) takeUpLacking(live, [...mended]);
}
