/* Strings that are kept for long, cut out of longer ones. */

/** V8 keeps a part of a string that is as long as this as a reference to the whole. */
const SLICE_LENGTH = 13;

/** The same string, which keeps no longer one alive. */
export function ownCopy(text: string): string {
  return text.length < SLICE_LENGTH ? text : ` ${text}`.slice(1);
}
