/*
 * Where the words of a text are: runs of letters, digits and the marks that belong to them. Scripts that do not put spaces
 * between words have runs of their own, which units.ts takes apart. Nothing depends on a dictionary of the platform, so
 * what a text is cut into does not change with it.
 */

/** Scripts whose words follow one another without spaces. */
const UNSPACED = [
  'Han',
  'Hiragana',
  'Katakana',
  'Bopomofo',
  'Thai',
  'Lao',
  'Khmer',
  'Myanmar',
  'Tai_Le',
  'New_Tai_Lue',
  'Tai_Tham',
  'Tai_Viet',
  'Javanese',
  'Balinese',
  'Yi',
];

const LETTER = String.raw`[\p{L}\p{M}\p{N}]`;
const classOf = (property: string): string =>
  `[${UNSPACED.map((name) => `\\p{${property}=${name}}`).join('')}]`;
/** Letters may be of several scripts, as ー is. Of marks, which most scripts share, those of these scripts alone. */
const OF_UNSPACED = `(?:(?!\\p{M})${classOf('scx')}|${classOf('sc')})`;
/** Soft hyphens, joiners, variation selectors: they say how letters look. But U+200B, a space of no width, separates. */
const INVISIBLE = String.raw`(?!\u200b)\p{Default_Ignorable_Code_Point}`;
const UNSPACED_LETTER = `(?=${LETTER})${OF_UNSPACED}`;
const SPACED_LETTER = `(?!${OF_UNSPACED})${LETTER}`;

/**
 * V8 keeps places on a stack for each letter that a pattern takes, and the stack has an end (at 2 to 8 million letters), which a
 * payload may be longer than. So what is longer than this is met in pieces.
 */
const PIECE = 65_536;
const UNSPACED_INNER = `(?:${UNSPACED_LETTER}|\\p{M}|${INVISIBLE})`;
const SPACED_INNER = `(?:${SPACED_LETTER}|${INVISIBLE})`;

interface Patterns {
  /** At the place where it is asked: the first piece of a run without spaces, or of a word. */
  readonly word: RegExp;
  /** The next pieces of each. */
  readonly moreUnspaced: RegExp;
  readonly moreSpaced: RegExp;
  readonly invisibles: RegExp;
}

/** Made for the first text that needs them: that takes several milliseconds, which the import should not. */
let patterns: Patterns | undefined;

function patternsOf(): Patterns {
  patterns ??= {
    word: new RegExp(
      `(${UNSPACED_LETTER}${UNSPACED_INNER}{0,${PIECE}})|${SPACED_LETTER}${SPACED_INNER}{0,${PIECE}}`,
      'uy',
    ),
    moreUnspaced: new RegExp(`${UNSPACED_INNER}{1,${PIECE}}`, 'uy'),
    moreSpaced: new RegExp(`${SPACED_INNER}{1,${PIECE}}`, 'uy'),
    invisibles: new RegExp(INVISIBLE, 'gu'),
  };
  return patterns;
}

/** Without what only says how letters look. */
export function visible(text: string): string {
  return text.replace(patternsOf().invisibles, '');
}

/** 1 for the letters and digits of ASCII. */
const ASCII_LETTERS = new Uint8Array(128);
for (const [from, to] of ['09', 'AZ', 'az'])
  ASCII_LETTERS.fill(1, from!.charCodeAt(0), to!.charCodeAt(0) + 1);

/** What is done with each word: the text from `start` to `end`, where `end` is left out. True: no more are wanted. */
type VisitWord = (start: number, end: number, isUnspaced: boolean) => unknown;

/** From a place of the text, where no word is cut. Gives the place at which it ended. */
export function eachWord(text: string, visit: VisitWord, from = 0): number {
  const { length } = text;
  let at = from;
  while (at < length) {
    const code = text.charCodeAt(at);
    if (code < 128 && ASCII_LETTERS[code] === 0) {
      at++;
      continue;
    }
    const start = at;
    let next = code;
    while (next < 128 && ASCII_LETTERS[next] === 1) next = ++at < length ? text.charCodeAt(at) : 0;
    // Most words are of ASCII alone, and what is behind them tells.
    if (next < 128) {
      if (visit(start, at, false) === true) return at;
      continue;
    }
    at = visitOther(text, start, at, visit);
    if (at < 0) return ~at;
  }
  return at;
}

/** A word that may go on with other letters at `at`; where the next one may begin, as `~place` where none is wanted. */
function visitOther(text: string, start: number, at: number, visit: VisitWord): number {
  const { word } = patternsOf();
  word.lastIndex = start;
  const found = word.exec(text);
  if (found) {
    const isUnspaced = found[1] !== undefined;
    // Now: who is visited may look for words of other texts.
    const end = endOf(text, start, word.lastIndex, isUnspaced);
    return visit(start, end, isUnspaced) === true ? ~end : end;
  }
  return at + (text.codePointAt(at)! > 0xffff ? 2 : 1);
}

/** The end of a word of which the first piece ends at `to`. */
function endOf(text: string, start: number, to: number, isUnspaced: boolean): number {
  if (to - start <= PIECE) return to;
  const { moreUnspaced, moreSpaced } = patternsOf();
  const more = isUnspaced ? moreUnspaced : moreSpaced;
  let end = to;
  for (more.lastIndex = to; more.test(text); ) end = more.lastIndex;
  return end;
}
