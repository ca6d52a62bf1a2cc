/* Options of queries of text: a part of the table of options.ts. */
import { QUERY_TEXT_MAX } from '../base/limits.js';
import { numeral } from '../base/numeral.js';
import { Call, checkOf, choice, defaulting, flag, integer, required } from '../base/options.js';
import type { HighlightOptions, TextQuery } from './text.js';

export interface TextCalls {
  readonly textQuery: Call<TextQuery, 'text' | 'match' | 'prefix' | 'fuzzy'>;
  readonly highlight: Call<HighlightOptions, 'pre' | 'post' | 'length' | 'fragments'>;
}

const aString = checkOf<string>('a string', (value) => typeof value === 'string');

export const TEXT: TextCalls = {
  textQuery: new Call(
    'text query',
    {
      text: required(
        checkOf<string>(
          `a string of at most ${numeral(QUERY_TEXT_MAX)} characters`,
          (value) => typeof value === 'string' && value.length <= QUERY_TEXT_MAX,
        ),
        'What is searched for.',
      ),
      match: defaulting(
        choice('any', 'all', 'phrase'),
        'any',
        'Whether a text must have any of the words, all of them, or all in a row.',
      ),
      prefix: defaulting(flag, false, 'Whether the last word is treated as a prefix.'),
      fuzzy: defaulting(
        checkOf<0 | 1 | 2>('0, 1 or 2', (value) => value === 0 || value === 1 || value === 2),
        0,
        'Maximum number of letters of a word that may be wrong: one from 4 letters on, two from 8.',
      ),
    },
    { what: 'a text query' },
  ),
  highlight: new Call(
    'highlight',
    {
      pre: defaulting(aString, '<mark>', 'What stands before a word that was found.'),
      post: defaulting(aString, '</mark>', 'What stands behind it. The text between is not escaped.'),
      length: defaulting(integer(1, 100_000), 150, 'About how many characters a fragment has.'),
      fragments: defaulting(integer(1, 1_000), 3, 'Maximum number of fragments of each text.'),
    },
    { what: 'highlight', prefix: 'highlight.' },
  ),
};
