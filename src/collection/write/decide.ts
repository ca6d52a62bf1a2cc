/*
 * Operations that go by what is there: an upsert with a mode or a condition, changes of vectors with one, and in a batch what is named by a filter. What they
 * do is decided when all that comes before them is known, and nothing is committed in between (see so-far.ts); what is decided
 * goes into the entry as any other write.
 */
import type { Rejection, WriteMode } from '../../api/writing.js';
import { atMost, showId } from '../../base/checks.js';
import { idOfKey, type PointId, textOfKey } from '../../base/ids.js';
import { IDS_MAX, WRITE_BYTES_MAX } from '../../base/limits.js';
import type { Matcher } from '../../filter/evaluate.js';
import { partOf } from '../../store/entry.js';
import type { Forecast } from '../../store/forecast.js';
import { payloadFrom, RowFault } from '../../store/row.js';
import type { Draft } from '../live-index.js';
import { bitsOf } from '../read/count.js';
import type { CheckedFilter } from '../read/filters.js';
import type { Reader } from '../read/reader.js';
import { allMatching } from '../read/request.js';
import type { Checked } from './draft.js';
import type { DraftMemory } from './draft-memory.js';
import { PackedBytes } from './packed.js';
import { pick } from './pick.js';
import type { SoFar } from './so-far.js';

/** What an operation turned out to do. */
export interface Decided {
  readonly draft: Draft;
  readonly rejected: readonly Rejection[];
  /** Points are written again with what they had but for a part: they count as updated. */
  readonly updates?: boolean;
}

/** One operation, checked. */
export type Step =
  /** What it does is known. */
  | ({ readonly kind: 'known' } & Decided)
  | {
      readonly kind: 'put';
      readonly checked: Checked;
      readonly mode: WriteMode;
      readonly condition: CheckedFilter | undefined;
    }
  /** Vectors of points that are written again with the payloads that they have by then. */
  | { readonly kind: 'vectors'; readonly checked: Checked; readonly condition: CheckedFilter | undefined }
  /** Vectors beside which the rest of a point stays, of points that meet a condition. `draftOf`: of those at some places. */
  | {
      readonly kind: 'values';
      readonly draft: Draft;
      /** Where each point is in the list of the call. */
      readonly numbers: readonly number[];
      readonly condition: CheckedFilter;
      readonly draftOf: (places: readonly number[]) => Draft;
    }
  /** Payloads that are changed: how large they become depends on what is there. */
  | { readonly kind: 'patch'; readonly draft: Draft }
  | { readonly kind: 'matching'; readonly filter: CheckedFilter; readonly draftOf: DraftOf };

/** By the keys of ids and the rows that they must name. */
export type DraftOf = (keys: readonly Uint8Array[], rows: readonly number[]) => Draft;

/** What decides needs of the collection. */
export interface Deciders {
  readonly reader: Reader;
  readonly memory: DraftMemory;
  readonly signal: AbortSignal | undefined;
}

/** What is known of it when it is called. */
export function asFarAsKnown(step: Step): Decided {
  if (step.kind === 'put') return step.checked;
  if (step.kind === 'vectors') return { draft: step.checked.draft, rejected: [], updates: true };
  if (step.kind === 'known') return step;
  return { draft: step.kind === 'matching' ? step.draftOf([], []) : step.draft, rejected: [] };
}

export async function decide(step: Step, soFar: SoFar, deciders: Deciders): Promise<Decided> {
  if (step.kind === 'known') return step;
  if (step.kind === 'put') return decidePoints(step, soFar, deciders);
  if (step.kind === 'vectors') return decideVectors(step, soFar, deciders);
  if (step.kind === 'values') return decideValues(step, soFar, deciders);
  const draft = step.kind === 'patch' ? step.draft : await draftOfMatching(step, soFar, deciders);
  return { draft, rejected: [] };
}

/** Points between two moments at which it yields to the event loop. */
const TURN_POINTS = 256;

async function decidePoints(
  { checked, mode, condition }: Extract<Step, { kind: 'put' }>,
  soFar: SoFar,
  { reader, memory }: Deciders,
): Promise<Decided> {
  const matches = condition && reader.filters.matcher(condition);
  const { places, rejected } = await admitted(checked, { mode, matches }, soFar);
  const all = [...checked.rejected, ...rejected];
  return {
    draft: picked(checked.draft, places, soFar, memory),
    rejected: all.sort((a, b) => a.index - b.index),
  };
}

/** Points that are not there stay in the draft, which passes over them when it is applied. */
async function decideValues(
  { draft, numbers, condition, draftOf }: Extract<Step, { kind: 'values' }>,
  soFar: SoFar,
  { reader }: Deciders,
): Promise<Decided> {
  const matches = reader.filters.matcher(condition);
  const { places, rejected } = await admitted({ draft, numbers }, { mode: 'upsert', matches }, soFar);
  return { draft: rejected.length === 0 ? draft : draftOf(places), rejected };
}

interface Terms {
  readonly mode: WriteMode;
  readonly matches: Matcher | undefined;
}

/** Places of the points that may be written, and why the others may not. */
async function admitted(
  { draft: { ids, idEnds, count }, numbers }: Pick<Checked, 'draft' | 'numbers'>,
  terms: Terms,
  soFar: SoFar,
): Promise<{ readonly places: readonly number[]; readonly rejected: readonly Rejection[] }> {
  const { collection } = soFar.live;
  const forecast = await soFar.forecast();
  const rejected: Rejection[] = [];
  const places: number[] = [];
  for (let place = 0; place < count; place++) {
    if (place % TURN_POINTS === TURN_POINTS - 1) await soFar.breathe();
    const key = partOf(ids, idEnds, place);
    const why = whyNot({ forecast, collection, key }, terms);
    if (why) rejected.push(rejection(numbers[place]!, idOfKey(key), why));
    else places.push(place);
  }
  return { places, rejected };
}

/** Those at some places; the memory of the others is given back. */
function picked(draft: Draft, places: readonly number[], { live }: SoFar, memory: DraftMemory): Draft {
  const some = pick(draft, places, memory);
  if (some !== draft && live.store.copiesEntries) memory.giveBack(draft.vectors);
  return some;
}

/** Points that are not there are passed over. */
async function decideVectors(
  { checked: { draft, numbers }, condition }: Extract<Step, { kind: 'vectors' }>,
  soFar: SoFar,
  { reader, memory }: Deciders,
): Promise<Decided> {
  const { collection } = soFar.live;
  const matches = condition && reader.filters.matcher(condition);
  const forecast = await soFar.forecast();
  const rejected: Rejection[] = [];
  const places: number[] = [];
  const payloads = new PackedBytes();
  let others = 0;
  for (let place = 0; place < draft.count; place++) {
    if (place % TURN_POINTS === TURN_POINTS - 1) await soFar.breathe();
    const key = partOf(draft.ids, draft.idEnds, place);
    if (forecast.rowOf(collection, key) === 0) continue;
    const why = whyNot({ forecast, collection, key }, { mode: 'update', matches });
    if (why) {
      rejected.push(rejection(numbers[place]!, idOfKey(key), why));
      continue;
    }
    try {
      payloads.add(forecast.payload(collection, key));
      places.push(place);
      others += key.length + draft.vectors.byteLength / draft.count;
    } catch (error) {
      if (!(error instanceof RowFault)) throw error;
      const why = `is stored, and its payload, which stays, cannot be read: ${error.message}`;
      rejected.push(rejection(numbers[place]!, idOfKey(key), ['ROW_UNREADABLE', why]));
    }
    // Each is written again whole: what is too much is refused before it is in memory.
    const what = 'bytes of points whose vectors are changed, with their payloads';
    atMost(what, others + payloads.bytes, WRITE_BYTES_MAX, 'Change them in several calls');
  }
  const { bytes, ends } = payloads.packed();
  const some = picked(draft, places, soFar, memory);
  return { draft: { ...some, payloads: bytes, payloadEnds: ends }, rejected, updates: true };
}

type Why = readonly [code: Rejection['code'], says: string];

interface ToBe {
  readonly forecast: Forecast;
  readonly collection: number;
  readonly key: Uint8Array;
}

/** Why a point is not written; undefined where it is. */
function whyNot({ forecast, collection, key }: ToBe, { mode, matches }: Terms): Why | undefined {
  const exists = forecast.rowOf(collection, key) !== 0;
  if (exists && mode === 'insert')
    return ['POINT_EXISTS', 'already exists, and was left as it is (mode "insert")'];
  if (!exists && mode === 'update') return ['POINT_NOT_FOUND', 'does not exist (mode "update")'];
  if (!exists || !matches) return undefined;
  try {
    if (meets(matches, forecast, collection, key)) return undefined;
    return ['CONDITION_NOT_MET', 'is stored, and does not meet the condition'];
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    return ['ROW_UNREADABLE', `is stored, and cannot be compared with the condition: ${error.message}`];
  }
}

/** Whether a point that there will be matches. @throws RowFault where it cannot be read */
function meets(matches: Matcher, forecast: Forecast, collection: number, id: Uint8Array): boolean {
  const payload = payloadFrom(forecast.payload(collection, id));
  return matches(payload, textOfKey(id), (field) => forecast.hasField(collection, id, field));
}

/** The same; one that is unreadable matches no filter. */
function meetsIfReadable(...point: Parameters<typeof meets>): boolean {
  try {
    return meets(...point);
  } catch (error) {
    if (error instanceof RowFault) return false;
    throw error;
  }
}

function rejection(index: number, id: PointId, [code, says]: Why): Rejection {
  return { index, id, code, message: `point ${index} (id ${showId(id)}) ${says}` };
}

interface Named {
  readonly row: number;
  readonly key: Uint8Array;
}

async function draftOfMatching(
  { filter, draftOf }: Extract<Step, { kind: 'matching' }>,
  soFar: SoFar,
  { reader, signal }: Deciders,
): Promise<Draft> {
  const { live } = soFar;
  const forecast = await soFar.forecast();
  const changed = forecast.changed(live.collection);
  // One more than a call may name: that they are too many is said where all are counted.
  const rows = await reader.answer({ params: allMatching(filter), signal }, (_, found) =>
    live.rows.of(bitsOf(found), 0, IDS_MAX + changed.size + 1),
  );
  const named: Named[] = [];
  for (const [i, row] of rows.entries()) {
    if (i % TURN_POINTS === TURN_POINTS - 1) await soFar.breathe();
    const point = live.stored.head(row); // one that is unreadable matches no filter
    if (!point || changed.has(textOfKey(point.id))) continue;
    named.push({ row, key: Uint8Array.from(point.id) });
  }
  const matches = reader.filters.matcher(filter);
  let compared = 0;
  for (const { id, row } of changed.values()) {
    if (++compared % TURN_POINTS === 0) {
      await soFar.breathe();
      signal?.throwIfAborted();
    }
    if (row !== 0 && meetsIfReadable(matches, forecast, live.collection, id)) named.push({ row, key: id });
  }
  return draftOf(
    named.map(({ key }) => key),
    named.map(({ row }) => row),
  );
}
