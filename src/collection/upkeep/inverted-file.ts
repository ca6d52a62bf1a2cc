/*
 * The inverted index of one field in a file, so that opening need not read every sparse vector or text again. It speaks of slots, and is
 * a cache of the store, as a snapshot is: one that is missing, damaged, of other slots, or made by another way to cut texts
 * into words costs time, never a row. Points may come and change while it is written: what it has is as of its header.
 *
 * A sealed file (platform/sealed-file.ts) with two streams (streams.ts): places, and slots to be looked at again; the index. The
 * index is made while the file is read, of which a megabyte or two are in memory; where the checksum is wrong in the end,
 * it is thrown away.
 */
import { SnapshotError } from '../../base/errors.js';
import type { Found, Kept } from '../../fields/inverted/intake.js';
import type { SparseField } from '../../fields/sparse/sparse-field.js';
import type { TextField } from '../../fields/text/text-field.js';
import { BlockReader, BlockWriter } from '../../filter/indexes/blocks.js';
import { isMissing, setAside } from '../../platform/files.js';
import type { Platform } from '../../platform/platform.js';
import { readSealed, type SealedFile, type SealedKind, writeSealed } from '../../platform/sealed-file.js';
import type { LiveIndex } from '../live-index.js';
import type { Parts } from '../parts.js';
import type { StoredRows } from '../stored-rows.js';
import type { ReadSlots } from './slots-file.js';
import { bodyOf, type StreamRead, Streams } from './streams.js';

/** Raised whenever the header, a stream or the meaning of a stored byte changes. */
export const INVERTED_VERSION = 1;

const INVERTED: SealedKind = {
  magic: 'SILTINVF',
  name: 'file of an inverted index',
  version: INVERTED_VERSION,
  oldest: INVERTED_VERSION,
  headerMax: 1 << 20,
};

type Inverted = SparseField | TextField;

interface Header {
  readonly store: string;
  readonly collection: number;
  readonly field: number;
  /** A name that no other file has. */
  readonly mark: string;
  /** The order of slots that it speaks of. */
  readonly layout: string;
  /** By which values are made of what is stored. */
  readonly madeBy: string;
  /** Values are those after this operation, but of slots that are to be looked at again. */
  readonly seq: number;
  /** Slots taken in. */
  readonly slots: number;
  readonly places: number;
}

export function invertedPath(folder: string, collection: number, field: number): string {
  return `${folder}/${collection}.${field}.inverted`;
}

/** Words of texts depend on what strings are to the system, too. */
function madeBy({ madeBy }: Inverted, { unicode }: Platform): string {
  return `${madeBy} ${unicode}`;
}

function* dumpPlaces({ slots, again }: Kept): Generator<Uint8Array> {
  const out = new BlockWriter();
  out.uint(slots ? 1 : 0);
  if (slots) out.numbers(slots);
  out.uint(again.length);
  for (const slot of again) out.uint(slot);
  yield* out.rest();
}

function loadPlaces(from: BlockReader, { slots: upTo, places: count }: Header): Omit<Found, 'from'> {
  const slots = from.uint() === 1 ? from.uints(count) : undefined;
  const again = Array.from({ length: from.uint() }, () => from.uint());
  from.end();
  return { upTo, count, slots, again };
}

/** What reading needs to know. */
export interface Reading {
  readonly platform: Platform;
  readonly folder: string;
  readonly stored: StoredRows;
  readonly parts: Parts;
  readonly read: ReadSlots;
}

/** What was found of the file of a field. */
export interface ReadInverted {
  /** Which file was taken up; undefined where none was. */
  readonly mark: string | undefined;
  /** It has slots beyond those there are, or may have and is still there: they will be those of other rows. */
  readonly isAhead: boolean;
}

const NONE: ReadInverted = { mark: undefined, isAhead: false };

/** What a header says that belongs to a field, of slots that there are. */
interface Usable {
  readonly header: Header;
  /** The file has everything up to that of the slots, though it is older. */
  readonly isWhole: boolean;
}

/** Undefined: it is not to be taken up. @throws SnapshotError for a file that should not be here */
function usable(
  header: Header,
  { platform, stored, parts, read }: Reading,
  field: Inverted,
  path: string,
): Usable | undefined {
  const { store, collection } = stored;
  const { number } = field.spec;
  if (header.store !== store.uuid || header.collection !== collection || header.field !== number)
    throw new SnapshotError(`${path} is the file of another field`);
  if (header.seq > store.counts(collection).seq) throw new SnapshotError(`${path} is ahead of its store`);
  if (header.layout !== parts.layout || header.madeBy !== madeBy(field, platform)) return undefined;
  return { header, isWhole: read.whole.get(number) === header.mark };
}

/** Makes what a file has of a field while it is read. */
async function takeUp(
  file: SealedFile,
  { header, isWhole }: Usable,
  { platform: { time }, parts }: Reading,
  field: Inverted,
): Promise<void> {
  const streams = new Streams(file);
  const places = await streams.begin(0);
  await places?.fill(Infinity);
  const index = await streams.begin(1);
  const found = {
    ...loadPlaces(new BlockReader(places ?? []), header),
    from: index && new BlockReader(index),
  };
  const { count } = parts.slots;
  const steps = field.restoring(found, { count, upTo: isWhole ? count : 0 });
  await time.inTurns(steps, (bytes) => (bytes > 0 ? (index as StreamRead).fill(bytes) : undefined));
  await streams.skip();
}

async function readInto(reading: Reading, field: Inverted, path: string): Promise<ReadInverted> {
  const { platform, stored, parts, read } = reading;
  const { store, collection } = stored;
  const { header, used } = await readSealed(platform.files, path, INVERTED, async (file) => {
    const header = file.header as Header;
    const used = usable(header, reading, field, path);
    if (used) await takeUp(file, used, reading, field);
    else await new Streams(file).skip(); // damaged, it is set aside
    return { header, used };
  });
  if (!used) {
    // Made in another way, its slots are these: another life may make the same again.
    const isAhead = header.layout === parts.layout && header.slots > parts.slots.count;
    return { mark: undefined, isAhead };
  }
  const seq = used.isWhole ? Math.max(read.seq, header.seq) : header.seq;
  const { kind, number } = field.spec;
  const behind = kind === 'text' ? store.patched(collection, seq) : store.changed(collection, number, seq);
  for await (const some of platform.time.inSlices(behind, SLICE_ROWS))
    for (const row of some) field.change(parts.slots.slotOf(row) ?? Infinity);
  return { mark: header.mark, isAhead: header.slots > parts.slots.count };
}

/** Rows looked at in one turn. */
const SLICE_ROWS = 1_000;

/**
 * Takes up what the file of a field holds, as far as its slots are there. Whatever fails, memory that is short among others, the
 * field is taken in anew, behind the opening, and says what fails then.
 */
export async function readInverted(reading: Reading, field: Inverted): Promise<ReadInverted> {
  const { platform, folder, stored } = reading;
  const path = invertedPath(folder, stored.collection, field.spec.number);
  try {
    return await readInto(reading, field, path);
  } catch (error) {
    field.dispose();
    if (isMissing(error)) return NONE;
    const aside = stored.store.readOnly ? path : await setAside(platform.files, path, error);
    platform.events.publish('silt:snapshot:rejected', { path, aside, error });
    return { mark: undefined, isAhead: aside === path };
  }
}

/** How far a field was at some moment. */
interface State {
  /** Another one where slots were given anew, or the index is another. */
  readonly layout: string;
  readonly changes: number;
}

export class InvertedFile {
  readonly #live: LiveIndex;
  readonly #number: number;
  readonly #path: string;
  /** What the file holds. */
  #saved: (State & { readonly mark: string }) | undefined;
  /** When it was last tried to write it: what the disk refuses is not tried again after each point. */
  #tried: State | undefined;

  constructor(live: LiveIndex, number: number, folder: string) {
    this.#live = live;
    this.#number = number;
    this.#path = invertedPath(folder, live.collection, number);
  }

  get #field(): Inverted {
    return this.#live.inverted.find(({ spec }) => spec.number === this.#number)!;
  }

  /** What the file holds that was just read. */
  loaded({ mark }: ReadInverted, layout: string): void {
    if (mark !== undefined) this.#saved = { mark, layout, changes: this.#field.changes };
  }

  /** How many values came or went since the file was written, and how many places there are. */
  get changes(): { readonly changed: number; readonly rows: number } {
    const { changes, places: rows } = this.#field;
    const of = (then: State | undefined): number => (then?.layout === this.#live.layout ? then.changes : 0);
    return { changed: changes - Math.max(of(this.#saved), of(this.#tried)), rows };
  }

  get #isSame(): boolean {
    return this.#saved?.layout === this.#live.layout && this.#saved.changes === this.#field.changes;
  }

  /** The file that has everything there is now; undefined where it has not. */
  get whole(): string | undefined {
    return this.#isSame && this.#field.unsettled(this.#live.slots) === 0 ? this.#saved!.mark : undefined;
  }

  /** Writes the file if anything has changed. `signal` gives it up: the one before stays. */
  async save(signal?: AbortSignal): Promise<void> {
    const field = this.#field;
    const { store, collection, layout, seq, platform } = this.#live;
    const { changes } = field;
    if (this.#isSame) return;
    this.#tried = { layout, changes };
    const kept = field.kept();
    if (kept.upTo === 0) return;
    const mark = platform.uuid();
    const header: Header = {
      store: store.uuid,
      collection,
      field: this.#number,
      mark,
      layout,
      madeBy: madeBy(field, platform),
      seq,
      slots: kept.upTo,
      places: kept.count,
    };
    const streams = [dumpPlaces(kept), ...(kept.blocks ? [kept.blocks] : [])];
    await writeSealed(platform, this.#path, INVERTED, header, bodyOf(streams), signal);
    this.#saved = { mark, layout, changes };
  }
}
