/*
 * What Qdrant keeps of a collection, in its snapshot: parameters, those of payload indexes, aliases. It is the note of the file, which a
 * collection that is restored has from its first commit on. A backup made through Silt's own calls has none; notes that are missing or
 * invalid are ignored, and the collection is recovered without them.
 */
import type { CollectionInfo } from '../../api/upkeep.js';
import type { CreateCollection, PayloadSchemaParams } from './api/collections.js';
import { checkCollectionName } from './names.js';
import { CREATE, INDEX } from './schema/collections.js';

export interface Noted {
  readonly given: CreateCollection;
  readonly indexes: Readonly<Record<string, PayloadSchemaParams>>;
  readonly aliases: readonly string[];
}

export interface Note {
  readonly qdrant: Noted;
}

/** What the file had of which a collection was restored. */
export function notedOf({ restored }: Pick<CollectionInfo, 'restored'>): Noted | undefined {
  const found = (restored?.note as Partial<Note> | undefined)?.qdrant;
  if (typeof found !== 'object' || found === null) return undefined;
  const { given, indexes, aliases } = found;
  try {
    for (const [field_name, field_schema] of Object.entries(indexes))
      INDEX.check({ field_name, field_schema }, 'JSON body');
    for (const alias of aliases) checkCollectionName(alias);
    return { given: CREATE.check(given, 'JSON body'), indexes, aliases };
  } catch {
    return undefined; // see above
  }
}
