/* What a collection may be called. */
import { QdrantError } from './errors.js';

/** Characters that Qdrant does not allow in a collection name. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it must find
const FORBIDDEN = /[<>:"/\\|?*\u0000\u001f]/;

export function checkCollectionName(
  name: string,
  place = 'path parameters',
  member = 'collection_name',
): void {
  const found = FORBIDDEN.exec(name);
  if (found)
    throw new QdrantError(
      422,
      `Validation error in ${place}: [${member}: collection name cannot contain "${found[0]}" char]`,
    );
}
