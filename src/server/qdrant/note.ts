/*
 * What Qdrant keeps of a collection, in the commit that makes it: parameters, those of payload indexes, and of a snapshot its aliases. Of a
 * collection that is restored it is the note of the file. A backup made through Silt's own calls has none; notes that are missing or
 * invalid are ignored, and the collection goes without them.
 */
import type { CollectionInfo } from '../../api/upkeep.js';
import { ownNoteOf } from '../../collection/own-note.js';
import type { PayloadSchemaParams } from './api/collections.js';
import { checkCollectionName } from './names.js';
import { CREATE, INDEX } from './schema/collections.js';
import type { KeptParams } from './settings.js';

export interface Noted {
  readonly given: KeptParams;
  readonly indexes: Readonly<Record<string, PayloadSchemaParams>>;
  readonly aliases: readonly string[];
}

export interface Note {
  readonly qdrant: Noted;
}

/** What a collection was made with, or the file had of which it was restored. */
export function notedOf(info: CollectionInfo): Noted | undefined {
  const note = info.restored ? info.restored.note : ownNoteOf(info);
  const found = (note as Partial<Note> | undefined)?.qdrant;
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
