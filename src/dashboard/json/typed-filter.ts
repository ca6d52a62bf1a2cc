/* A filter as it is typed into the page: JSON, or the short form that the command line takes, `lang=en year>=1990`. */
import { type FilterFault, isShort, placeOf, shortFilter } from '../../filter/short.js';
import { type Fault, faultAt, syntaxFault } from './place.ts';

/** What is wrong with it before it is sent. */
export function filterFault(text: string): Fault | null {
  if (!isShort(text)) return syntaxFault(text);
  try {
    shortFilter(text);
    return null;
  } catch (error) {
    const { at, message } = error as FilterFault;
    const says = message[0]!.toUpperCase() + message.slice(1);
    return { message: `${says}.`, range: { from: at, to: Math.min(text.length, at + 1) } };
  }
}

/** As JSON, '' for all points. What has a fault stays as it is: the server tells it. */
export function filterJson(text: string): string {
  return isShort(text) && !filterFault(text) ? shortFilter(text).json : text.trim();
}

/** What the server said of it, at its place. */
export function answeredFault(text: string, message: string): Fault {
  if (!isShort(text) || filterFault(text)) return faultAt(text, message, 'filter');
  const { places } = shortFilter(text);
  const from = placeOf(message, { places });
  if (from === undefined) return { message, range: null };
  const next = places[places.indexOf(from) + 1] ?? text.length;
  return { message, range: { from, to: from + text.slice(from, next).trimEnd().length } };
}
