/*
 * The languages whose words can be reduced to stems, and whose stop words are known; loaded where one is asked for. Stems
 * are those of Snowball, by @orama/stemmers; English ones Porter's (1980), by stemmer. Stop words are those of @orama/stopwords.
 */

import { show } from '../../../base/checks.js';
import { ValidationError } from '../../../base/errors.js';
import { didYouMean } from '../../../base/hints.js';
import { formOf, type Lower, lower } from './fold.js';
import { completed } from './stop-words.js';
import { eachWord } from './words.js';

export interface Language {
  readonly name: string;
  readonly lower: Lower;
  /** Folded words that are left out. */
  readonly stopWords: ReadonlySet<string>;
  /** The stem of a folded word. */
  stem(word: string): string;
}

/** For names and code: every word counts, as it stands. */
export const NO_LANGUAGE: Language = { name: 'none', lower, stopWords: new Set(), stem: (word) => word };

interface Stemmer {
  readonly stemmer: (word: string) => string;
}
interface StopWords {
  readonly stopwords: readonly string[];
}
type Load = () => Promise<readonly [Stemmer, StopWords]>;

const LANGUAGES: Readonly<Record<string, Load>> = {
  arabic: () => Promise.all([import('@orama/stemmers/arabic'), import('@orama/stopwords/arabic')]),
  armenian: () => Promise.all([import('@orama/stemmers/armenian'), import('@orama/stopwords/armenian')]),
  bulgarian: () => Promise.all([import('@orama/stemmers/bulgarian'), import('@orama/stopwords/bulgarian')]),
  danish: () => Promise.all([import('@orama/stemmers/danish'), import('@orama/stopwords/danish')]),
  dutch: () => Promise.all([import('@orama/stemmers/dutch'), import('@orama/stopwords/dutch')]),
  // That of @orama/stemmers takes a letter too many: connection is connec, and is not found by connected.
  english: () => Promise.all([import('stemmer'), import('@orama/stopwords/english')]),
  finnish: () => Promise.all([import('@orama/stemmers/finnish'), import('@orama/stopwords/finnish')]),
  french: () => Promise.all([import('@orama/stemmers/french'), import('@orama/stopwords/french')]),
  german: () => Promise.all([import('@orama/stemmers/german'), import('@orama/stopwords/german')]),
  greek: () => Promise.all([import('@orama/stemmers/greek'), import('@orama/stopwords/greek')]),
  hungarian: () => Promise.all([import('@orama/stemmers/hungarian'), import('@orama/stopwords/hungarian')]),
  hindi: () => Promise.all([import('@orama/stemmers/indian'), import('@orama/stopwords/indian')]),
  indonesian: () =>
    Promise.all([import('@orama/stemmers/indonesian'), import('@orama/stopwords/indonesian')]),
  irish: () => Promise.all([import('@orama/stemmers/irish'), import('@orama/stopwords/irish')]),
  italian: () => Promise.all([import('@orama/stemmers/italian'), import('@orama/stopwords/italian')]),
  lithuanian: () =>
    Promise.all([import('@orama/stemmers/lithuanian'), import('@orama/stopwords/lithuanian')]),
  nepali: () => Promise.all([import('@orama/stemmers/nepali'), import('@orama/stopwords/nepali')]),
  norwegian: () => Promise.all([import('@orama/stemmers/norwegian'), import('@orama/stopwords/norwegian')]),
  portuguese: () =>
    Promise.all([import('@orama/stemmers/portuguese'), import('@orama/stopwords/portuguese')]),
  romanian: () => Promise.all([import('@orama/stemmers/romanian'), import('@orama/stopwords/romanian')]),
  russian: () => Promise.all([import('@orama/stemmers/russian'), import('@orama/stopwords/russian')]),
  serbian: () => Promise.all([import('@orama/stemmers/serbian'), import('@orama/stopwords/serbian')]),
  spanish: () => Promise.all([import('@orama/stemmers/spanish'), import('@orama/stopwords/spanish')]),
  swedish: () => Promise.all([import('@orama/stemmers/swedish'), import('@orama/stopwords/swedish')]),
  tamil: () => Promise.all([import('@orama/stemmers/tamil'), import('@orama/stopwords/tamil')]),
  turkish: () => Promise.all([import('@orama/stemmers/turkish'), import('@orama/stopwords/turkish')]),
  ukrainian: () => Promise.all([import('@orama/stemmers/ukrainian'), import('@orama/stopwords/ukrainian')]),
};

/** What the option `language` of a text field takes. */
export const LANGUAGE_NAMES: readonly string[] = ['none', ...Object.keys(LANGUAGES)];

/**
 * A language by its name; `place` is where it stands.
 *
 * @throws ValidationError INVALID_OPTION
 */
export function checkLanguage(name: unknown, place: string): string {
  if (typeof name === 'string' && LANGUAGE_NAMES.includes(name)) return name;
  const meant = typeof name === 'string' ? hintOf(byCode(name)) : '';
  throw new ValidationError(
    'INVALID_OPTION',
    `${place} must be one of ${LANGUAGE_NAMES.join(', ')}; got ${show(name)}${meant}`,
  );
}

/** Their scripts put no spaces between words; there are no stems to be found. */
const UNSPACED = /^(chinese|japanese|thai|lao|khmer|burmese)$/i;

function hintOf(name: string): string {
  return UNSPACED.test(name)
    ? '. Say none: texts without spaces between words are searched by pairs of letters, in any language'
    : didYouMean(name, LANGUAGE_NAMES);
}

/** The name of a language that is given by its code: `en`, `pt-BR`. */
function byCode(name: string): string {
  const [code = ''] = name.toLowerCase().split(/[-_]/);
  if (!/^[a-z]{2,3}$/.test(code)) return name;
  return new Intl.DisplayNames('en', { type: 'language', fallback: 'none' }).of(code)?.toLowerCase() ?? name;
}

/** Languages that lower case is not enough for. Romanian: of ș and ț, which are right, and ş and ţ, which lists and many texts have. */
const LOWER: Readonly<Record<string, Lower>> = {
  turkish: (text) => text.toLocaleLowerCase('tr'),
  romanian: (text) => lower(text).replaceAll('ș', 'ş').replaceAll('ț', 'ţ'),
};

/** Loads what a language needs. The name is one of LANGUAGE_NAMES. */
export async function loadLanguage(name: string): Promise<Language> {
  if (name === 'none') return NO_LANGUAGE;
  const [{ stemmer }, { stopwords }] = await LANGUAGES[name]!();
  const lowerOf = LOWER[name] ?? lower;
  const stopWords = stopWordsOf(completed(name, stopwords), lowerOf);
  return { name, lower: lowerOf, stopWords, stem: stemmer };
}

/** Folded, and cut into words as texts are: of `don't` both parts. */
function stopWordsOf(list: readonly string[], lower: Lower): Set<string> {
  const words = new Set<string>();
  for (const entry of list)
    eachWord(entry, (start, end) => words.add(formOf(entry.slice(start, end), lower)));
  return words;
}
