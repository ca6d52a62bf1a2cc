/*
 * A collection on its way out of a file, into a database.
 *
 * Its points go into the store under a number that no name stands for yet, behind a record that has whoever opens the
 * database take them out again. One commit takes that record away and gives the number its name: until then nobody sees
 * anything of it, however the process ends.
 */
import type { ResolvedConfig } from '../api/config.js';
import type { CollectionBackup } from '../api/database.js';
import { integerIn } from '../base/checks.js';
import {
  ClosedError,
  CollectionExistsError,
  SiltError,
  SnapshotError,
  ValidationError,
} from '../base/errors.js';
import { coreOf, type LocalCollection } from '../collection/collection.js';
import { type Machine, readConfig, resolveConfig } from '../collection/config.js';
import { type CollectionRecord, fieldsEver } from '../collection/record.js';
import {
  type CollectionHeader,
  checkCollection,
  readCollection,
} from '../collection/upkeep/collection-file.js';
import { definedBy } from '../collection/upkeep/payload-indexing.js';
import type { WriteQueue } from '../collection/write/queue.js';
import { fieldsOf } from '../fields/field.js';
import { isMissing } from '../platform/files.js';
import type { RecordChange } from '../store/entry.js';
import { COLLECTION, DROPPED, INDEXES } from '../store/records.js';
import type { Store } from '../store/store.js';
import { refused } from './files.js';

/** A file of a collection that may be taken in. */
interface Incoming {
  readonly path: string;
  readonly header: CollectionHeader;
  readonly config: ResolvedConfig;
}

/** @throws SnapshotError before any effect, where a file is not a whole one that this release understands */
async function incomingOf(machine: Machine, path: string): Promise<Incoming> {
  try {
    const header = await checkCollection(machine.platform.files, path);
    try {
      const config = resolveConfig(readConfig(header.config), machine);
      checkNumbers(header, config);
      definedBy((header.indexes ?? []) as Parameters<typeof definedBy>[0]).dispose();
      return { path, header, config };
    } catch (cause) {
      if (!(cause instanceof SiltError || cause instanceof TypeError)) throw cause;
      throw new SnapshotError(
        `${path}: has a configuration that this release does not know (${cause.message}). Restore it with the release that wrote it, or a later one`,
        { cause },
      );
    }
  } catch (error) {
    if (isMissing(error)) throw new ValidationError('INVALID_OPTION', `there is no file at ${path}`);
    throw refused(error, `the file of a collection at ${path} could not be read`);
  }
}

/** Each named field has a number of its own. */
function checkNumbers(header: CollectionHeader, config: ResolvedConfig): void {
  const ever = integerIn('fieldsEver', fieldsEver(header), 0, Number.MAX_SAFE_INTEGER);
  const named = fieldsOf(config, header.fields).filter(({ name }) => name !== '');
  for (const { name, number } of named) integerIn(`the number of ${name}`, number, 1, ever);
  if (new Set(named.map(({ number }) => number)).size < named.length)
    throw new ValidationError('INVALID_OPTION', 'two fields have the same number');
}

/** What of a database it takes to bring a collection in. */
export interface Place {
  readonly machine: Machine;
  readonly store: Store;
  readonly queue: WriteQueue;
  find(name: string): LocalCollection | undefined;
  isClosing(): boolean;
  /** When a collection is made that is made now. */
  creationTime(): number;
  /** Uses up a number, which the records are of. */
  reserve(records: (id: number) => RecordChange[]): Promise<number>;
  load(record: CollectionRecord, config: ResolvedConfig): Promise<LocalCollection>;
  /** Gives a collection a name, by a commit of these records; one that had it ends. */
  put(name: string, collection: LocalCollection, records: readonly RecordChange[]): Promise<void>;
  /** Takes out the rows of a number. */
  purge(id: number): void;
}

/** Makes a collection of a file; of one that has the name, it takes the place. No other call changes the name meanwhile. */
export async function restoreFile(
  place: Place,
  name: string,
  path: string,
  replace: boolean,
): Promise<CollectionBackup> {
  const before = place.find(name);
  if (before && !replace)
    throw new CollectionExistsError(name, 'restore it under another name, or with { replace: true }');
  const file = await incomingOf(place.machine, path);
  const { config, fields, fieldsEver, indexes, points, note } = file.header;
  const id = await place.reserve((number) => [
    [DROPPED + number, true],
    ...(indexes === undefined ? [] : [[INDEXES + number, indexes] as const]),
  ]);
  const at = place.creationTime();
  const createdAt = before?.info().createdAt ?? at;
  const record: CollectionRecord = {
    id,
    config,
    createdAt,
    restored: { at, ...(note !== undefined && { note }) },
    ...(fields && { fields }),
    ...(fieldsEver !== undefined && { fieldsEver }),
  };
  let made: LocalCollection | undefined;
  try {
    await takeIn(place, file, id);
    made = await place.load(record, file.config);
    await place.put(name, made, [
      [COLLECTION + name, record],
      [DROPPED + id, undefined],
    ]);
  } finally {
    if (!made || place.find(name) !== made) {
      await (made &&
        coreOf(made)
          .close(0, false)
          .catch(() => {})); // why it is not there is told
      place.purge(id);
    }
  }
  return { points, ...(note !== undefined && { note }) };
}

/**
 * Puts the points of a file into the store, under a number. Writes of others come between.
 *
 * @throws SnapshotError where the file is not as it was when it was checked; ClosedError where the database closes
 */
async function takeIn(
  { machine: { platform }, store, queue, isClosing }: Place,
  { path, header, config }: Incoming,
  collection: number,
): Promise<void> {
  try {
    await readCollection(platform.files, path, config, async (entry) => {
      if (isClosing()) throw new ClosedError('database');
      // They are on the disk when the commit is that gives them their name.
      await queue.commit({ entries: [{ ...entry, collection }], flush: false });
    });
  } catch (error) {
    throw refused(error, `the file of a collection at ${path} could not be read`);
  }
  const { points } = store.counts(collection);
  if (points !== header.points)
    throw new SnapshotError(`${path}: has ${points} points, and its header says ${header.points}`);
}
