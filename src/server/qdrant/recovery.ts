/*
 * Writes what Qdrant keeps of a collection into its snapshot, and recovers collections from theirs. Parameters come with the commit of the
 * collection itself, as they are in its note (see note.ts); then they are kept with the others, and the aliases of the snapshot come back.
 * A process that ends between leaves that to the next one that begins (`Service.over`).
 */
import { wrongInput } from './errors.js';
import { checkCollectionName } from './names.js';
import type { Note } from './note.js';
import type { Service } from './service.js';

export function noteOf(service: Service, name: string): Note {
  const { given, settings } = service.view(name);
  const aliases = [...service.aliases()].filter(([, { to }]) => to === name).map(([alias]) => alias);
  return { qdrant: { given, indexes: settings?.indexes ?? {}, aliases } };
}

/** Restores a collection from a file, replacing one of the same name. Existing aliases point to the new one. */
export async function recoverFrom(service: Service, name: string, path: string): Promise<void> {
  const { database, settings } = service;
  checkCollectionName(name);
  await settings.exclusive(async (commit) => {
    if (service.resolved(name) !== name)
      throw wrongInput(`Can't create collection with name ${name}. Alias with the same name already exists`);
    await database.restoreCollection(name, path, { replace: true });
    const stale = settings.aliases.has(name) ? [{ alias: name, to: undefined }] : [];
    await commit([...service.restored(name), ...stale]);
    service.pauseAsGiven(name);
  });
}
