/*
 * A collection as its store has it: from the snapshots of its fields as far as these go, the rest from the store.
 *
 * Where each point has one vector and nothing else, the snapshot of the one field says which rows have which slots. Otherwise
 * slots are given anew, to the rows that the store has: the fields are told which of their vectors these are.
 */
import type { ResolvedConfig } from '../../api/config.js';
import { DenseField } from '../../fields/dense.js';
import { fieldsOf } from '../../fields/field.js';
import { analyzerOf } from '../../fields/text/analysis/analyzer.js';
import { Calibration } from '../../hnsw/calibration.js';
import type { Engine } from '../../hnsw/engine.js';
import type { Platform } from '../../platform/platform.js';
import type { Store } from '../../store/store.js';
import type { Machine } from '../config.js';
import { LiveIndex } from '../live-index.js';
import { closeParts, newParts, type Parts, type Room } from '../parts.js';
import { type CollectionRecord, fieldsEver } from '../record.js';
import { Slots } from '../slots.js';
import { StoredRows } from '../stored-rows.js';
import { noteMissing } from '../strays.js';
import { type ReadField, readField } from './field-snapshot.js';
import { loadPayloadIndexes } from './payload-file.js';
import { definitionsOf } from './payload-indexing.js';
import { payloadPath, removeDropped, Snapshots } from './snapshots.js';

/** Row numbers read in one turn. */
const SLICE_ROWS = 10_000;

/** The parts that files tell of, and up to which sequence number. */
interface Recovered {
  readonly parts: Parts;
  readonly seq: number;
}

export async function recover(
  store: Store,
  record: Pick<CollectionRecord, 'id' | 'fields' | 'fieldsEver'>,
  config: ResolvedConfig,
  machine: Pick<Machine, 'platform' | 'arenaBytes'>,
  folder: string | undefined,
): Promise<{ live: LiveIndex; snapshots: Snapshots }> {
  const { platform, arenaBytes } = machine;
  const { id: collection } = record;
  const fields = fieldsOf(config, record.fields);
  const room: Room = { platform, arenaBytes, threads: config.indexing.segmentCount };
  for (const field of fields) if (field.kind === 'text') await analyzerOf(field.language);
  const stored = new StoredRows(store, collection, fields, fieldsEver(record) > 0);
  const emptyParts = (): Parts => newParts(stored, fields, definitionsOf(store, collection), room);
  const own = store.readOnly ? undefined : folder;
  if (own !== undefined) await removeDropped(platform.files, own, record).catch(() => {}); // the next opening tries again
  const read = folder === undefined ? [] : await readFields(room, folder, stored);
  const { parts, seq: from } = stored.plain
    ? ofOne(emptyParts(), read[0])
    : await ofSeveral(platform, stored, emptyParts(), read);
  if (stored.plain && read[0] && folder !== undefined) {
    const { seq } = store.counts(collection);
    const patches = { seq, behind: (after: number) => store.patched(collection, after) };
    await loadPayloadIndexes(platform, parts, payloadPath(folder, collection), patches, store.readOnly);
  }
  const live = new LiveIndex(room, stored, config, parts, from);
  for (const [i, field] of live.graphs.entries())
    field.calibration = Calibration.from(read[i]?.tag.calibration);
  const snapshots = new Snapshots(live, own);
  if (read.length > 0 && read.every((one) => one !== undefined)) snapshots.loaded();
  const { seq, points } = store.counts(collection);
  const waitedMs = config.indexing.maxBufferAgeMs; // rows that wait were left by an earlier life
  if (seq !== live.seq) await reconciled(live);
  if (points === live.rows.count || noteMissing(stored, live.rows)) {
    live.inherit(waitedMs);
    return { live, snapshots };
  }
  // A row that was unreadable when the snapshot was written is readable now: only new arenas can take it up.
  await closeParts(parts);
  const whole = new LiveIndex(room, stored, config, emptyParts(), 0);
  await reconciled(whole);
  whole.inherit(waitedMs);
  return { live: whole, snapshots: new Snapshots(whole, own) };
}

async function readFields(
  room: Room,
  folder: string,
  stored: StoredRows,
): Promise<(ReadField | undefined)[]> {
  const read: (ReadField | undefined)[] = [];
  for (const spec of stored.fields)
    if (spec.kind === 'dense') read.push(await readField(room, folder, stored, spec));
  return read;
}

function ofOne(empty: Parts, read: ReadField | undefined): Recovered {
  if (!read) return { parts: empty, seq: 0 };
  const { engine, tag } = read;
  const slots = new Slots();
  for (const arena of engine.arenas)
    for (let row = 0; row < arena.rows; row++) {
      slots.add(Number(arena.keyOf(row)));
      if (!arena.isLive(row)) slots.mask(slots.count - 1);
    }
  const field = new DenseField(empty.dense[0]!.spec, engine);
  field.places.takeAll(slots.count);
  return { parts: { ...empty, slots, dense: [field], layout: tag.layout ?? empty.layout }, seq: tag.seq };
}

async function ofSeveral(
  { time }: Platform,
  { store, collection }: StoredRows,
  empty: Parts,
  read: readonly (ReadField | undefined)[],
): Promise<Recovered> {
  const seq = Math.min(...empty.dense.map((_, i) => read[i]?.tag.seq ?? 0));
  if (seq === Infinity) return { parts: empty, seq: 0 };
  const { slots } = empty;
  /** Of all rows: those above `seq` get their slots when they are taken up, in the same order. */
  const all = new Slots();
  for await (const rows of time.inSlices(store.rows(collection, 0), SLICE_ROWS))
    for (const row of rows) {
      all.add(row);
      if (row <= seq) slots.add(row);
    }
  const dense = empty.dense.map((field, i) => {
    const { engine, tag } = read[i] ?? {};
    if (!engine || !tag) return field;
    const restored = new DenseField(field.spec, engine);
    restored.places.restore(slotsOf(engine, all), all.slotBehind(tag.seq));
    return restored;
  });
  return { parts: { ...empty, dense }, seq };
}

/** The slot of each place; undefined of one whose row is gone, which is masked. */
function slotsOf(engine: Engine, all: Slots): (number | undefined)[] {
  const slots: (number | undefined)[] = [];
  for (const arena of engine.arenas)
    for (let row = 0; row < arena.rows; row++) {
      const slot = arena.isLive(row) ? all.slotOf(Number(arena.keyOf(row))) : undefined;
      if (slot === undefined) engine.mask(arena.base + row);
      slots.push(slot);
    }
  return slots;
}

/** Takes up what the store has. Where that fails, the memory is given back: it may be tried again and again. */
async function reconciled(live: LiveIndex): Promise<void> {
  try {
    await live.reconcile();
  } catch (error) {
    await closeParts(live.parts);
    throw error;
  }
}
