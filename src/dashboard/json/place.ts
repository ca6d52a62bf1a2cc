/* Where in a text of JSON an error is. */
import { type Range, scan } from './scan.ts';

export interface Fault {
  readonly message: string;
  /** null: it has no place. */
  readonly range: Range | null;
}

/** What is wrong with the text as JSON; null where it is JSON, or empty. */
export function syntaxFault(text: string): Fault | null {
  const { error } = scan(text);
  if (!error) return null;
  return {
    message: `Not JSON: ${error.says}.`,
    range: { from: error.at, to: Math.min(text.length, error.at + 1) },
  };
}

/**
 * Messages of Silt begin with the place: `filter.must[0].match must …`. `root`: what the text is called there; '' where its members
 * are named without.
 */
export function faultAt(text: string, message: string, root: string): Fault {
  const { places } = scan(text);
  const named = /^[\w-]+(?:\.[\w-]+|\[\d+\])*/.exec(message)?.[0] ?? '';
  if (!named.startsWith(root)) return { message, range: null };
  let path = named.slice(root.length).replace(/^\./, '');
  // An unknown member is named behind its object.
  const member = /^\S+ has an unknown member "([^"]+)"/.exec(message)?.[1];
  if (member !== undefined) path = path === '' ? member : `${path}.${member}`;
  while (path !== '' && !places.has(path)) path = path.replace(/(?:(?:^|\.)[^.[]+|\[\d+\])$/, '');
  const isSentence = root === '' && path === '';
  return { message, range: isSentence ? null : (places.get(path) ?? null) };
}
