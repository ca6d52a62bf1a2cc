/* A collection on its way out of a database, into a file. */
import type { CollectionBackup } from '../api/database.js';
import { SiltError, StoreError, ValidationError } from '../base/errors.js';
import { type Machine, resolveConfig } from '../collection/config.js';
import type { CollectionRecord } from '../collection/record.js';
import { writeCollection } from '../collection/upkeep/collection-file.js';
import { COLLECTION } from '../store/records.js';
import type { Store } from '../store/store.js';

const codeOf = (error: unknown): string => (error as { readonly code?: string }).code ?? '';

/** What the system refuses, by what was to be done. */
export function refused(error: unknown, what: string): unknown {
  if (error instanceof SiltError || codeOf(error) === '') return error;
  const { message } = error as Error;
  if (['ENOSPC', 'EDQUOT'].includes(codeOf(error)))
    return new StoreError('DISK_FULL', `there is no space on the disk: ${what}`, error);
  return new SiltError('DATABASE_INACCESSIBLE', `${what}: ${message}`, { cause: error });
}

/** Writes the collection of a number to a file, as of now. */
export async function writeOut(
  { platform, ...machine }: Machine,
  store: Store,
  collection: number,
  path: string,
  note: object | undefined,
): Promise<CollectionBackup> {
  if (!store.moment)
    throw new ValidationError(
      'INVALID_OPTION',
      'a database in memory has no files to copy: open one with a path',
    );
  const moment = store.moment();
  try {
    const { files } = platform;
    const [folder, file] = files.split(path);
    await files.makeFolder(folder);
    if ((await files.list(folder)).includes(file))
      throw new ValidationError(
        'INVALID_OPTION',
        `there is something at ${path}. Give the path of a file that does not exist yet`,
      );
    const records = moment.records(COLLECTION).map(([, value]) => value as CollectionRecord);
    const record = records.find(({ id }) => id === collection)!;
    const config = resolveConfig(record.config, machine);
    const points = await writeCollection(platform, path, moment, { record, config }, note);
    return { points, ...(note && { note }) };
  } catch (error) {
    throw refused(error, `the collection could not be written to ${path}`);
  } finally {
    moment.end();
  }
}
