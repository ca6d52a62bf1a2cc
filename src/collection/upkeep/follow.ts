/* How a collection follows a store that another process writes: what is new is staged, then replayed in one step. */
import { RowFault } from '../../store/row.js';
import type { Ahead, Logged, StoreView } from '../../store/store.js';
import type { ChangedRow } from '../changed-rows.js';
import { changedBehind } from '../changes-behind.js';
import type { LiveIndex } from '../live-index.js';
import type { CollectionRecord } from '../record.js';
import type { NewRow } from '../replay.js';
import { canBeTaken, rowsBehind } from '../rows-behind.js';
import { straysOf } from '../strays.js';
import { fieldsAhead } from './changing-fields.js';

/**
 * Stages the rows that a later state of the store has beyond a collection. Returns what takes them up, in the turn in
 * which readers adopt that state; undefined where nothing has changed.
 *
 * `entries`: what the store remembers of the commits in between; undefined where they are not known. Then, and where the
 * last ones could not be taken up, the rows of both are compared. `record`: what the collection is in that state, where it may be
 * another; undefined as well where it was dropped, as a whole.
 */
export async function stageAhead(
  live: LiveIndex,
  ahead: Ahead,
  entries: readonly Logged[] | undefined,
  record: CollectionRecord | undefined,
): Promise<(() => void) | undefined> {
  const { collection, rows, stored } = live;
  const otherFields = record && (await fieldsAhead(live, record));
  const own = live.lag ? undefined : entries?.filter((entry) => entry.collection === collection);
  if (own?.length === 0) return otherFields;
  const numbers: number[] = [];
  const unreadable: number[] = [];
  const withPayloads = live.payloadIndexes.size > 0;
  const { lastRow } = rows;
  const newRows = function* (from: StoreView, after: number = lastRow): Generator<RowAhead> {
    for (const [row, newRow] of rowsBehind(stored, from, after)) {
      if (newRow)
        yield { ...newRow, row, payload: withPayloads ? payloadOf(from, collection, row) : undefined };
      else unreadable.push(row);
    }
  };
  const noting = function* (): Generator<RowAhead> {
    for (const one of newRows(ahead)) {
      numbers.push(one.row);
      yield one;
    }
  };
  const changes: ChangedRow[] = [];
  const noteChanges = function* (from: StoreView): Generator<ChangedRow> {
    const after = changes.at(-1)?.row ?? 0;
    const fields = new Map(stored.values.map(({ number }) => [number, rows.seq]));
    for (const one of changedBehind(stored, from, { from: fields, lastRow, after })) {
      changes.push(one);
      yield one;
    }
  };
  // Rows of other fields than those there are can be read when there are others: then they are written when they are taken up.
  if (!otherFields) {
    await live.stageRows(noting(), noteChanges(ahead));
    // Where staging failed, the rest is written when it is taken up.
    for (const { row } of newRows(ahead, numbers.at(-1))) numbers.push(row);
    for (const _ of noteChanges(ahead));
  }
  const rowsOf = (effect: Logged['effect']): number[] =>
    own!.filter((entry) => entry.effect === effect).flatMap((entry) => [...entry.previous]);
  const previous = own ? rowsOf('gone') : straysOf({ store: ahead, collection }, rows).extra;
  const patched = own ? rowsOf('payloads') : [...ahead.patched(collection, rows.seq)];
  const { seq } = ahead.counts(collection);
  return () => {
    if (otherFields) {
      otherFields();
      for (const row of live.store.rows(collection, lastRow)) numbers.push(row);
      for (const _ of noteChanges(live.store));
    }
    const replayed = { seq, numbers, rows: () => newRows(live.store), previous, patched };
    live.follow({ ...replayed, changed: () => changes });
    for (const row of unreadable) canBeTaken(stored, row); // notes what is wrong
  };
}

interface RowAhead extends NewRow {
  readonly row: number;
}

/** A copy of a payload; none where its bytes are damaged: the payload indexes come to it later, and note that. */
function payloadOf(from: Pick<Ahead, 'point'>, collection: number, row: number): Uint8Array | undefined {
  try {
    return from.point(collection, row)?.payload.slice();
  } catch (error) {
    if (error instanceof RowFault) return undefined;
    throw error;
  }
}
