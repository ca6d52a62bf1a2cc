/*
 * A collection in a file: what it takes to make it again in any database. It is read from one state of a store, whose points
 * are written as entries (store/entry.ts) of some hundred kilobytes; numbers of rows and of the collection are not kept.
 *
 *   header    configuration, numbers of the fields, payload indexes, how many points, what the caller adds
 *   body      bytes u32, an entry; and so on; 0 behind the last
 *
 * Whoever reads one believes nothing of it: each point is checked as one that is written.
 */
import type { CollectionConfig, ResolvedConfig } from '../../api/config.js';
import { show } from '../../base/checks.js';
import { SiltError } from '../../base/errors.js';
import { idKeyOf, idOfKey } from '../../base/ids.js';
import { type FieldSpec, fieldsOf, isPlain, type ValueSpec, valueSpecs } from '../../fields/field.js';
import { decodeValue, encodeValue } from '../../fields/values.js';
import type { Files, FileWriting } from '../../platform/files.js';
import {
  readSealed,
  type SealedFile,
  type SealedKind,
  wordAt,
  words,
  writeSealed,
} from '../../platform/sealed-file.js';
import { EntryCodec, EntryFault, type PointsEntry, partOf } from '../../store/entry.js';
import { encodePayload } from '../../store/payload.js';
import { INDEXES, recordOf } from '../../store/records.js';
import { payloadFrom, RowFault } from '../../store/row.js';
import type { StoreView } from '../../store/store.js';
import { type CollectionRecord, fieldsEver } from '../record.js';
import { PackedBytes } from '../write/packed.js';

/** Raised whenever the header, the body or the meaning of a stored byte changes. */
export const COLLECTION_FILE_VERSION = 1;

const COLLECTION_FILE: SealedKind = {
  magic: 'SILTCOLL',
  name: 'file of a collection',
  version: COLLECTION_FILE_VERSION,
  oldest: COLLECTION_FILE_VERSION,
  headerMax: 1 << 24,
};

/** Bytes at which an entry is written, and those that one may have: the largest point fits. */
const ENTRY_BYTES = 1 << 18;
const ENTRY_BYTES_MAX = 2 ** 31 - 1;
/** Bytes that are read at a time where nothing but the checksum is looked at. */
const CHUNK = 1 << 20;

export interface CollectionHeader extends Pick<CollectionRecord, 'fields' | 'fieldsEver'> {
  readonly config: CollectionConfig;
  /** The record of the payload indexes; left out where there are none. */
  readonly indexes?: unknown;
  readonly points: number;
  /** What the caller gave. */
  readonly note?: unknown;
}

/** Whether rows have one vector each, and never had anything else. */
const isAlwaysPlain = (fields: readonly FieldSpec[], record: Parameters<typeof fieldsEver>[0]): boolean =>
  isPlain(fields) && fieldsEver(record) === 0;

const NOTHING = new Uint8Array(0);
const NO_FLOATS = new Float32Array(0);

/** Points of one entry, gathered row by row. */
class Gathered {
  readonly #ids = new PackedBytes();
  readonly #payloads = new PackedBytes();
  readonly #columns: readonly PackedBytes[];
  readonly #specs: readonly ValueSpec[];
  #count = 0;

  constructor(specs: readonly ValueSpec[]) {
    this.#specs = specs;
    this.#columns = specs.map(() => new PackedBytes());
  }

  get bytes(): number {
    return this.#columns.reduce((sum, { bytes }) => sum + bytes, this.#ids.bytes + this.#payloads.bytes);
  }

  add(view: StoreView, collection: number, row: number): void {
    const { id, payloadIn } = view.point(collection, row)!;
    this.#ids.add(id);
    this.#payloads.add(payloadIn.bytes.subarray(payloadIn.start, payloadIn.end));
    for (const [i, { number }] of this.#specs.entries())
      this.#columns[i]!.add(view.field(collection, row, number) ?? NOTHING);
    this.#count++;
  }

  entry(plain: boolean): PointsEntry {
    const { bytes: ids, ends: idEnds } = this.#ids.packed();
    const { bytes: payloads, ends: payloadEnds } = this.#payloads.packed();
    const columns = this.#columns.map((column) => column.packed());
    return {
      kind: 'put',
      collection: 0,
      count: this.#count,
      ids,
      idEnds,
      payloads,
      payloadEnds,
      vectors: plain ? new Float32Array(columns[0]!.bytes.buffer) : NO_FLOATS,
      ...(!plain && { fields: columns.map((column, i) => ({ field: this.#specs[i]!.number, ...column })) }),
    };
  }
}

function* bodyOf(
  view: StoreView,
  record: CollectionRecord,
  fields: readonly FieldSpec[],
): Generator<Uint8Array> {
  const codec = new EntryCodec();
  const plain = isAlwaysPlain(fields, record);
  const framed = (gathered: Gathered): Uint8Array => {
    const pieces = codec.encode(gathered.entry(plain));
    const bytes = pieces.reduce((sum, { length }) => sum + length, 0);
    const frame = new Uint8Array(4 + bytes);
    frame.set(words(bytes));
    let at = 4;
    for (const piece of pieces) {
      frame.set(piece, at);
      at += piece.length;
    }
    return frame;
  };
  let gathered = new Gathered(valueSpecs(fields));
  for (const row of view.rows(record.id, 0)) {
    gathered.add(view, record.id, row);
    if (gathered.bytes < ENTRY_BYTES) continue;
    yield framed(gathered);
    gathered = new Gathered(valueSpecs(fields));
  }
  if (gathered.bytes > 0) yield framed(gathered);
  yield words(0);
}

/**
 * Writes a collection of one state of a store to a file, whole or not at all. Returns how many points it has.
 *
 * @throws SiltError ROW_UNREADABLE where a point is damaged
 */
export async function writeCollection(
  platform: FileWriting,
  path: string,
  view: StoreView,
  { record, config }: { readonly record: CollectionRecord; readonly config: ResolvedConfig },
  note: unknown,
): Promise<number> {
  const { fields, fieldsEver: ever } = record;
  const indexes = recordOf(view, INDEXES + record.id);
  const { points } = view.counts(record.id);
  const header: CollectionHeader = {
    config: record.config,
    ...(fields && { fields }),
    ...(ever !== undefined && { fieldsEver: ever }),
    ...(indexes !== undefined && { indexes }),
    points,
    ...(note !== undefined && { note }),
  };
  const body = bodyOf(view, record, fieldsOf(config, fields));
  try {
    await writeSealed(platform, path, COLLECTION_FILE, header, body);
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    throw new SiltError(
      'ROW_UNREADABLE',
      `a point of the collection is damaged (${error.message}): nothing was written. \`verify\` names it: write it again, or delete it`,
      { cause: error },
    );
  }
  return points;
}

function headerOf(file: SealedFile): CollectionHeader {
  const header = file.header as Partial<CollectionHeader> | null;
  if (typeof header !== 'object' || header === null || !Number.isSafeInteger(header.points))
    throw file.fail('has a header that is not one of a collection');
  return header as CollectionHeader;
}

/**
 * What a file of a collection says of itself, once all of it was read and its checksum is right.
 *
 * @throws SnapshotError where it is not one, is damaged, or of another version
 */
export function checkCollection(files: Files, path: string): Promise<CollectionHeader> {
  return readSealed(files, path, COLLECTION_FILE, async (file) => {
    const header = headerOf(file);
    while (file.left > 0) await file.take(Math.min(file.left, CHUNK));
    return header;
  });
}

/**
 * Gives the points of a file, entry by entry, as they may be written.
 *
 * @throws SnapshotError where the file is not whole, or has what cannot be written
 */
export function readCollection(
  files: Files,
  path: string,
  config: ResolvedConfig,
  take: (entry: PointsEntry) => Promise<void>,
): Promise<void> {
  const codec = new EntryCodec();
  return readSealed(files, path, COLLECTION_FILE, async (file) => {
    const header = headerOf(file);
    const fields = fieldsOf(config, header.fields);
    const plain = isAlwaysPlain(fields, header);
    for (let first = 0; ; ) {
      const bytes = wordAt(await file.take(4), 0);
      if (bytes === 0) return;
      if (bytes > ENTRY_BYTES_MAX) throw file.fail(`has an entry of ${bytes} bytes`);
      const entry = entryIn(file, codec, await file.take(bytes));
      try {
        checkPoints(entry, plain, fields);
      } catch (error) {
        if (!(error instanceof SiltError || error instanceof RowFault)) throw error;
        throw file.fail(
          `has points behind the first ${first} that cannot be written: ${error.message}`,
          error,
        );
      }
      await take(plain ? entry : { ...entry, fields: entry.fields ?? [] });
      first += entry.count;
    }
  });
}

function entryIn(file: SealedFile, codec: EntryCodec, bytes: Uint8Array): PointsEntry {
  try {
    const { entry, end } = codec.decode(bytes);
    if (entry.kind === 'put' && end === bytes.length) return entry;
  } catch (error) {
    if (!(error instanceof EntryFault)) throw error;
    throw file.fail(error.message, error);
  }
  throw file.fail('has an entry of another kind than points');
}

/** @throws SiltError, RowFault for what no write would have let in */
function checkPoints(entry: PointsEntry, plain: boolean, fields: readonly FieldSpec[]): void {
  const specs = valueSpecs(fields);
  const { count, vectors } = entry;
  const [first] = specs;
  if (plain && first?.kind === 'dense' && vectors.length !== count * first.dimension)
    throw new RowFault(`${vectors.length} components for ${count} vectors of ${first.dimension}`);
  const columns = plain ? [] : (entry.fields ?? []);
  const unknown = columns.find(({ field }) => !specs.some(({ number }) => number === field));
  if (unknown || plain !== vectors.length > 0)
    throw new RowFault(`their vectors are of other fields than ${show(specs.map(({ name }) => name))}`);
  for (let i = 0; i < count; i++) {
    const key = partOf(entry.ids, entry.idEnds, i);
    const id = idOfKey(key);
    if (!equal(idKeyOf(id), key)) throw new RowFault('an id is malformed');
    encodePayload(payloadFrom(partOf(entry.payloads, entry.payloadEnds, i)));
    const check = (spec: ValueSpec, bytes: Uint8Array): void => {
      encodeValue(spec, decodeValue(spec, bytes), { index: i, id, field: spec.name });
    };
    if (plain) {
      const { dimension } = first as ValueSpec & { dimension: number };
      const own = vectors.subarray(i * dimension, (i + 1) * dimension);
      check(first!, new Uint8Array(own.buffer, own.byteOffset, own.byteLength));
    }
    for (const { field, bytes, ends } of columns) {
      const own = partOf(bytes, ends, i);
      if (own.length > 0) check(specs.find(({ number }) => number === field)!, own);
    }
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
