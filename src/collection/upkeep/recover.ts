/*
 * A collection as its store has it: from its files as far as these go, the rest from the store.
 *
 * Where each point has one vector and nothing else, the snapshot of the one field says which rows have which slots. Otherwise
 * they have a file of their own; where that is of no use, slots are given anew, to the rows that the store has. Fields are
 * told which of their vectors these are.
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
import { takeUpLacking } from '../lacking.js';
import { LiveIndex } from '../live-index.js';
import { closeParts, newParts, type Parts, type Room } from '../parts.js';
import { type CollectionRecord, fieldsEver } from '../record.js';
import type { NewRow } from '../replay.js';
import { storedRow } from '../rows-behind.js';
import { Slots } from '../slots.js';
import { StoredRows } from '../stored-rows.js';
import { noteMissing } from '../strays.js';
import { type ReadField, readField } from './field-snapshot.js';
import { type ReadInverted, readInverted } from './inverted-file.js';
import { loadPayloadIndexes } from './payload-file.js';
import { definitionsOf } from './payload-indexing.js';
import { type ReadSlots, readSlots } from './slots-file.js';
import { payloadPath, removeDropped, Snapshots } from './snapshots.js';

/** Row numbers read in one turn, and rows with their vectors. */
const SLICE_ROWS = 10_000;
const CATCH_UP_ROWS = 500;

/** Places looked at in one step, and the slot of one that is nobody's. */
const STEP_PLACES = 4_096;
const NOWHERE = 0xffff_ffff;

/** A row that the store has no more. */
const GONE: NewRow = { vector: () => undefined };

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
  const read = folder === undefined ? NOTHING : await readFields(room, folder, stored);
  const found = await orClosed(read, async () => {
    const { parts, seq: from } = stored.plain
      ? ofOne(emptyParts(), read.graphs[0])
      : await ofSeveral(platform, stored, emptyParts(), read);
    const bySlot = folder === undefined ? NO_FILES : await readBySlot(platform, folder, stored, parts, read);
    return { parts, from, ...bySlot };
  });
  const { parts, from, inverted, isAhead } = found;
  // Slots that a file had beyond those of another will be those of other rows: neither is to be believed any more.
  const named = isAhead ? { ...parts, layout: platform.uuid() } : parts;
  const live = new LiveIndex(room, stored, config, named, from);
  for (const [i, field] of live.graphs.entries())
    field.calibration = Calibration.from(read.graphs[i]?.tag.calibration);
  const snapshots = new Snapshots(live, own);
  snapshots.loaded({ graphs: read.graphs.map((one) => one?.tag.seq), slots: read.slots, inverted });
  const { seq, points } = store.counts(collection);
  const waitedMs = config.indexing.maxBufferAgeMs; // rows that wait were left by an earlier life
  await takenUp(live, async () => {
    await catchUp(live);
    // Rows that were mended away keep the sequence number, and may be in files.
    if (seq !== live.seq || points !== live.rows.count) await live.reconcile();
    await live.takeUpChanges();
    takeUpLacking(live, new Set(read.graphs.flatMap((one) => one?.tag.unread ?? [])));
  });
  if (points === live.rows.count || (await platform.time.inTurns(noteMissing(stored, live.rows)))) {
    live.inherit(waitedMs);
    return { live, snapshots };
  }
  // A row that was unreadable when the snapshot was written is readable now: only new arenas can take it up.
  await closeParts(parts);
  const whole = new LiveIndex(room, stored, config, emptyParts(), 0);
  await takenUp(whole, () => whole.reconcile());
  whole.inherit(waitedMs);
  return { live: whole, snapshots: new Snapshots(whole, own) };
}

/** What there is of fields with graphs, and of slots where they do not follow from these. */
interface Read {
  readonly graphs: readonly (ReadField | undefined)[];
  readonly slots: ReadSlots | undefined;
}

const NOTHING: Read = { graphs: [], slots: undefined };

async function readFields(room: Room, folder: string, stored: StoredRows): Promise<Read> {
  const graphs: (ReadField | undefined)[] = [];
  const slots = stored.plain ? undefined : await readSlots(room.platform, folder, stored);
  const read: Read = { graphs, slots };
  return orClosed(read, async () => {
    for (const spec of stored.fields)
      if (spec.kind === 'dense') graphs.push(await readField(room, folder, stored, spec));
    return read;
  });
}

/** Where `work` fails, the memory of the graphs that were read is given back: opening may be tried again and again. */
async function orClosed<T>({ graphs }: Read, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    for (const read of graphs) await read?.engine.close();
    throw error;
  }
}

/** What was read of files that speak of slots. */
interface BySlot {
  readonly inverted: Map<number, ReadInverted>;
  /** One of them has slots beyond those there are. */
  readonly isAhead: boolean;
}

const NO_FILES: BySlot = { inverted: new Map(), isAhead: false };

/** Takes up the files that speak of slots, where these are known. */
async function readBySlot(
  platform: Platform,
  folder: string,
  stored: StoredRows,
  parts: Parts,
  { graphs, slots: read }: Read,
): Promise<BySlot> {
  const { store, collection } = stored;
  if (stored.plain ? graphs[0] === undefined : read === undefined) return NO_FILES;
  const { seq } = store.counts(collection);
  const patches = { seq, behind: (after: number) => store.patched(collection, after) };
  const path = payloadPath(folder, collection);
  let isAhead = await loadPayloadIndexes(platform, parts, path, patches, store.readOnly);
  const inverted = new Map<number, ReadInverted>();
  if (!read) return { inverted, isAhead };
  for (const field of [...parts.sparse, ...parts.text]) {
    const found = await readInverted({ platform, folder, stored, parts, read }, field);
    inverted.set(field.spec.number, found);
    isAhead ||= found.isAhead;
  }
  return { inverted, isAhead };
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
  stored: StoredRows,
  empty: Parts,
  { graphs, slots: read }: Read,
): Promise<Recovered> {
  const seqs = empty.dense.map(({ spec: { number } }, i) => seqOf(graphs[i], read, number));
  const seq = read?.seq ?? Math.min(...seqs);
  if (seq === Infinity) return { parts: empty, seq: 0 };
  const slots = read?.slots ?? empty.slots;
  /** Of all rows: those above `seq` get their slots when they are taken up, in the same order. */
  const all = seqs.some((one) => one > seq) || !read ? slots.copy() : slots;
  const behind = stored.store.rows(stored.collection, slots.lastRow);
  if (all !== slots)
    for await (const rows of time.inSlices(behind, SLICE_ROWS))
      for (const row of rows) {
        all.add(row);
        if (row <= seq) slots.add(row);
      }
  const dense: DenseField[] = [];
  for (const [i, field] of empty.dense.entries()) {
    const { engine } = graphs[i] ?? {};
    const restored = engine ? new DenseField(field.spec, engine) : field;
    dense.push(restored);
    if (!engine) continue;
    const upTo = all.slotBehind(seqs[i]!);
    await time.inTurns(restored.places.restoring(await time.inTurns(slotsOf(engine, all)), upTo));
    restored.restored = { slots: upTo, seq: seqs[i]! };
  }
  return { parts: { ...empty, slots, dense, layout: read?.layout ?? empty.layout }, seq };
}

/** Up to which operation a field has the vectors: no others have come up to that of the slots, where these say so. */
function seqOf(field: ReadField | undefined, slots: ReadSlots | undefined, number: number): number {
  if (!field) return 0;
  const { seq } = field.tag;
  return slots?.whole.get(number) === seq ? Math.max(seq, slots.seq) : seq;
}

/** The slot of each place, in small steps; one beyond all where its row is gone, which is masked. */
function* slotsOf(engine: Engine, all: Slots): Generator<void, Uint32Array> {
  const slots = new Uint32Array(engine.arenas.reduce((sum, { rows }) => sum + rows, 0));
  let place = 0;
  for (const arena of engine.arenas)
    for (let row = 0; row < arena.rows; row++) {
      const slot = arena.isLive(row) ? all.slotOf(Number(arena.keyOf(row))) : undefined;
      if (slot === undefined) engine.mask(arena.base + row);
      slots[place++] = slot ?? NOWHERE;
      if (place % STEP_PLACES === 0) yield;
    }
  return slots;
}

/** Takes up vectors of slots that there are already, into fields whose snapshots are older than these. */
async function catchUp({ platform, stored, slots, dense }: LiveIndex): Promise<void> {
  const first = Math.min(...dense.map(({ places }) => places.upTo));
  for (let slot = first; slot < slots.count; slot += CATCH_UP_ROWS) {
    const many = Math.min(CATCH_UP_ROWS, slots.count - slot);
    const numbers = Array.from({ length: many }, (_, i) => slots.rowAt(slot + i));
    const rows = numbers.map((row, i) => (slots.isLiveAt(slot + i) ? storedRow(stored, row) : GONE));
    for (const field of dense) field.append(slot, numbers, rows, (row, number) => row.vector(number));
    await platform.time.breathe();
  }
}

/** Takes up what the store has. Where that fails, the memory is given back: it may be tried again and again. */
async function takenUp(live: LiveIndex, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    await closeParts(live.parts);
    throw error;
  }
}
