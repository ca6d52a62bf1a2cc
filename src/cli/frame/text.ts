/* Text for terminals: how wide it is, cut to a width, and without what a terminal would obey. */
import truncated from 'fast-string-truncated-width';

const ASCII = /^[ -~]*$/;
let segmenter: Intl.Segmenter | undefined;
/** What people take for one letter each. A segmenter takes 20 ms to make, which most commands need not wait for. */
function lettersOf(text: string): Intl.Segments {
  segmenter ??= new Intl.Segmenter(undefined, { granularity: 'grapheme' });
  return segmenter.segment(text);
}

/** What people take for one letter has two columns at most. */
const widthOfLetter = (letter: string): number => Math.min(2, truncated(letter).width);

/** Where the letter ends that begins at a place of a text. */
export function letterBehind(text: string, at: number): number {
  const [letter] = lettersOf(text.slice(at));
  return at + (letter?.segment.length ?? 0);
}

/** Where the letter begins that ends at a place of a text. Letters before are not walked: at each step a segmenter copies the text. */
export function letterBefore(text: string, at: number): number {
  return lettersOf(text.slice(0, at)).containing(at - 1)?.index ?? 0;
}

/** Columns that it takes: letters of some scripts, and most pictures, take two. */
export function widthOf(text: string): number {
  if (ASCII.test(text)) return text.length;
  let width = 0;
  for (const { segment } of lettersOf(text)) width += widthOfLetter(segment);
  return width;
}

/** How much of a text fits, as a length of the string: no letter is taken apart. */
function fitting(text: string, width: number): number {
  let used = 0;
  for (const { segment, index } of lettersOf(text)) {
    used += widthOfLetter(segment);
    if (used > width) return index;
  }
  return text.length;
}

/** Where the longest end of a text begins that fits, once it is printable. */
export function endFitting(text: string, width: number): number {
  let [from, used] = [text.length, 0];
  while (from > 0) {
    const before = letterBefore(text, from);
    used += widthOf(printable(text.slice(before, from)));
    if (used > width) break;
    from = before;
  }
  return from;
}

/** Cut with an ellipsis where it is wider. */
export function cutTo(text: string, width: number): string {
  if (text.length * 2 <= width || (text.length <= width && ASCII.test(text))) return text;
  const whole = text.slice(0, fitting(text, width));
  return whole.length === text.length ? text : `${whole.slice(0, fitting(whole, width - 1))}…`;
}

export const padStart = (text: string, width: number): string =>
  ' '.repeat(Math.max(0, width - widthOf(text))) + text;
export const padEnd = (text: string, width: number): string =>
  text + ' '.repeat(Math.max(0, width - widthOf(text)));

/** Lines of at most so many columns, 2 or more. */
export function wrapped(text: string, width: number): string[] {
  const lines: string[] = [];
  let [from, used] = [0, 0];
  for (const { segment, index } of lettersOf(text)) {
    const wide = widthOfLetter(segment);
    if (used + wide > width) {
      lines.push(text.slice(from, index));
      [from, used] = [index, 0];
    }
    used += wide;
  }
  return [...lines, text.slice(from)];
}

/** Control characters, and those that turn the direction of writing. */
const OBEYED = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/gu;

/** The sequences by which Silt itself makes a part bold or inverse, and signs as above. */
const STYLES_OR_OBEYED = new RegExp(`${'\\x1b'}\\[(?:1|22|7|27)m|${OBEYED.source}`, 'gu');

/** Text of several lines, of which parts may stand out, and without anything else that a terminal would obey. */
export function obeyedNowhere(text: string): string {
  return text.replace(STYLES_OR_OBEYED, (sign) =>
    sign === '\n' || sign.length > 1 ? sign : printable(sign),
  );
}

/** What is stored may say anything: a terminal shows it, and does nothing else. */
export function printable(text: string): string {
  return text.replace(OBEYED, (sign) =>
    sign === '\n'
      ? '\\n'
      : sign === '\t'
        ? '\\t'
        : `\\u${sign.codePointAt(0)!.toString(16).padStart(4, '0')}`,
  );
}
