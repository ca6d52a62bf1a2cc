/*
 * Writes Qdrant's settings of a collection into its snapshot, and reads them back. A backup made through Silt's own calls has none; notes that
 * are missing or invalid are ignored, and the collection is recovered without them.
 */
import type { CreateCollection, PayloadSchemaParams } from './api/collections.js';
import { wrongInput } from './errors.js';
import { checkCollectionName } from './operations/collections.js';
import { CREATE, INDEX } from './schema/collections.js';
import type { Service } from './service.js';
import type { Change } from './settings.js';

interface Note {
  readonly qdrant: {
    readonly given: CreateCollection;
    readonly indexes: Readonly<Record<string, PayloadSchemaParams>>;
    readonly aliases: readonly string[];
  };
}

export function noteOf(service: Service, name: string): Note {
  const { given, settings } = service.view(name);
  const aliases = [...service.aliases()].filter(([, { to }]) => to === name).map(([alias]) => alias);
  return { qdrant: { given, indexes: settings?.indexes ?? {}, aliases } };
}

/** @throws QdrantError if the text is not a valid note */
function readNote(note: unknown): Note['qdrant'] | undefined {
  const found = (note as Partial<Note> | undefined)?.qdrant;
  if (typeof found !== 'object' || found === null) return undefined;
  const { given, indexes, aliases } = found;
  for (const [field_name, field_schema] of Object.entries(indexes))
    INDEX.check({ field_name, field_schema }, 'JSON body');
  for (const alias of aliases) checkCollectionName(alias);
  return { given: CREATE.check(given, 'JSON body'), indexes, aliases };
}

function changesBy(service: Service, name: string, note: unknown): Change[] {
  const { createdAt } = service.database.collection(name).info();
  let found: Note['qdrant'] | undefined;
  try {
    found = readNote(note);
  } catch {} // see above
  if (!found) return [{ collection: name, to: undefined }];
  const { given, indexes } = found;
  const taken = service.aliases();
  const free = found.aliases.filter((alias) => !taken.has(alias) && !service.has(alias));
  return [
    { collection: name, to: { createdAt, given, indexes } },
    ...free.map((alias) => ({ alias, to: { to: name, createdAt } })),
  ];
}

/** Restores a collection from a file, replacing one of the same name. Existing aliases point to the new one. */
export async function recoverFrom(service: Service, name: string, path: string): Promise<void> {
  const { database, settings } = service;
  checkCollectionName(name);
  await settings.exclusive(async (commit) => {
    if (service.resolved(name) !== name)
      throw wrongInput(`Can't create collection with name ${name}. Alias with the same name already exists`);
    const { note } = await database.restoreCollection(name, path, { replace: true });
    const stale = settings.aliases.has(name) ? [{ alias: name, to: undefined }] : [];
    // If the process ends here, the new collection has the old one's parameters, as far as they fit.
    await commit([...changesBy(service, name, note), ...stale]);
    service.pauseAsGiven(name);
  });
}
