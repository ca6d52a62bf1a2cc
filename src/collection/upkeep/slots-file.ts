/*
 * The slots of a collection with fields in a file: which row has which, and which of them live. What is known by slots,
 * payload indexes and inverted indexes, is of use after reopening where the slots are the same. A cache of the store,
 * as a snapshot is: without it slots are given anew. (Where each point has one vector, and nothing else, the snapshot of that
 * says which slots there are.)
 *
 * It also says which files of fields had all their values, though they were written before: a field in which nothing came
 * is not written anew because points came.
 */
import { SnapshotError } from '../../base/errors.js';
import { BlockReader, BlockWriter, malformed } from '../../filter/indexes/blocks.js';
import { isMissing, isUnreadable, setAside } from '../../platform/files.js';
import type { Platform } from '../../platform/platform.js';
import { readSealed, type SealedKind, writeSealed } from '../../platform/sealed-file.js';
import type { LiveIndex } from '../live-index.js';
import { Slots } from '../slots.js';
import type { StoredRows } from '../stored-rows.js';
import { bodyOf, readStreams, usedUp } from './streams.js';

/** Raised whenever the header, the body or the meaning of a stored byte changes. */
export const SLOTS_VERSION = 1;

const SLOTS: SealedKind = {
  magic: 'SILTSLOT',
  name: 'file of slots',
  version: SLOTS_VERSION,
  oldest: SLOTS_VERSION,
  headerMax: 1 << 20,
};

/** Says which file of a field it is. */
export type FileMark = number | string;

interface Header {
  readonly store: string;
  readonly collection: number;
  /** Names the order of the slots. */
  readonly layout: string;
  /** Rows up to here have slots, unless they were gone already. */
  readonly seq: number;
  readonly count: number;
  /** Files of fields that have everything up to `seq`: number of the field, and which file. */
  readonly whole: readonly (readonly [field: number, mark: FileMark])[];
}

/** What a file of slots says. */
export interface ReadSlots {
  readonly slots: Slots;
  readonly layout: string;
  readonly seq: number;
  /** By the number of the field. */
  readonly whole: ReadonlyMap<number, FileMark>;
}

export function slotsPath(folder: string, collection: number): string {
  return `${folder}/${collection}.slots`;
}

/** Row numbers, each as the difference to the one before; then a bit for each that lives. */
function* dump(slots: Slots, count: number, live: Uint32Array): Generator<Uint8Array> {
  const out = new BlockWriter();
  let before = 0;
  for (let slot = 0; slot < count; slot++) {
    const row = slots.rowAt(slot);
    const more = row - before;
    if (more <= 0xffff_ffff) out.uint(more);
    else {
      out.uint(0);
      out.numbers(Float64Array.of(row));
    }
    before = row;
    if (out.full) yield* out.blocks();
  }
  out.numbers(live);
  yield* out.rest();
}

/** Slots taken up in one step. */
const STEP = 1_024;

function* loading(slots: Slots, from: BlockReader, count: number): Generator<void> {
  let row = 0;
  for (let slot = 0; slot < count; slot++) {
    const more = from.uint();
    const next = more === 0 ? from.floats(1)[0]! : row + more;
    if (!(next > row && Number.isSafeInteger(next))) throw malformed('rows out of order');
    slots.add(next);
    row = next;
    if (slot % STEP === 0) yield;
  }
  const live = from.uints(Math.ceil(count / 32));
  for (let slot = 0; slot < count; slot++)
    if (((live[slot >>> 5]! >>> (slot & 31)) & 1) === 0) slots.mask(slot);
  from.end();
}

async function read({ files, time }: Platform, path: string, stored: StoredRows): Promise<ReadSlots> {
  const { header, streams } = await readSealed(files, path, SLOTS, async (file) => ({
    header: file.header as Header,
    streams: await readStreams(file),
  }));
  const { layout, seq, count, whole } = header;
  const { store, collection } = stored;
  if (header.store !== store.uuid || header.collection !== collection)
    throw new SnapshotError(`${path} is the file of another collection`);
  if (seq > store.counts(collection).seq) throw new SnapshotError(`${path} is ahead of its store`);
  const slots = new Slots();
  await time.inTurns(loading(slots, new BlockReader(usedUp(streams.get(0) ?? [])), count));
  return { slots, layout, seq, whole: new Map(whole) };
}

/** Undefined where there is no file, or none that can be used. */
export async function readSlots(
  platform: Platform,
  folder: string,
  stored: StoredRows,
): Promise<ReadSlots | undefined> {
  const { files, events } = platform;
  const path = slotsPath(folder, stored.collection);
  try {
    return await read(platform, path, stored);
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!isUnreadable(error)) throw error;
    const aside = stored.store.readOnly ? path : await setAside(files, path, error);
    events.publish('silt:snapshot:rejected', { path, aside, error });
    return undefined;
  }
}

/** What a file holds. */
interface State {
  readonly layout: string;
  readonly seq: number;
  /** Of the slots: rows that are mended away go without a sequence number. */
  readonly version: number;
}

export class SlotsFile {
  readonly #live: LiveIndex;
  readonly #path: string;
  #saved: State | undefined;

  constructor(live: LiveIndex, folder: string) {
    this.#live = live;
    this.#path = slotsPath(folder, live.collection);
  }

  /** What the file holds that was just read. */
  loaded({ layout, seq }: Pick<State, 'layout' | 'seq'>): void {
    this.#saved = { layout, seq, version: this.#live.slots.version };
  }

  /** Writes the file if anything has changed. `whole`: see the header. `signal` gives it up. One at a time. */
  async save(whole: Header['whole'], signal?: AbortSignal): Promise<void> {
    const { store, collection, layout, slots, seq, platform } = this.#live;
    const { count, liveBits, version } = slots;
    const saved = this.#saved;
    if (saved?.layout === layout && saved.seq === seq && saved.version === version) return;
    const header: Header = { store: store.uuid, collection, layout, seq, count, whole };
    await writeSealed(platform, this.#path, SLOTS, header, bodyOf([dump(slots, count, liveBits)]), signal);
    this.#saved = { layout, seq, version };
  }
}
