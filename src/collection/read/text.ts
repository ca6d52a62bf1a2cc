/* Searches by words: exact best scores by BM25 among the live points whose text has what the query asks for. */
import { OPTIONS } from '../../api/options.js';
import type { Hit } from '../../api/points.js';
import type { TextQuery } from '../../api/text.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import type { TextSpec } from '../../fields/field.js';
import type { TextField } from '../../fields/text/text-field.js';
import { isNumbers } from '../../hnsw/vectors.js';
import type { LiveIndex } from '../live-index.js';
import { Highlights } from './highlights.js';
import { type AnySearch, checkInverted, type InvertedSearch } from './inverted.js';
import type { Reader } from './reader.js';
import { searchInverted } from './search-inverted.js';

/** A text query, complete. */
export type CheckedText = Required<{ [K in keyof TextQuery]: NonNullable<TextQuery[K]> }>;

export function isText(query: unknown): query is TextQuery {
  return typeof query === 'object' && query !== null && !isNumbers(query) && 'text' in query;
}

/** A copy of a query. `place`: where it stands in a tree. @throws ValidationError INVALID_OPTION */
export function textQuery(query: unknown, spec: TextSpec, place = ''): CheckedText {
  const within = place === '' ? '' : `${place}.`;
  const checked = OPTIONS.textQuery.read(query, place === '' ? 'search' : place, within);
  const { match, prefix, fuzzy } = checked;
  if (match !== 'phrase') return checked;
  if (prefix || fuzzy > 0)
    throw new ValidationError(
      'INVALID_OPTION',
      `${within}match 'phrase' finds words as they are given: leave out ${prefix ? 'prefix' : 'fuzzy'}, or take match 'all'`,
    );
  if (!spec.positions)
    throw new ValidationError(
      'INVALID_OPTION',
      `${within}match: the field ${show(spec.name)} was made with positions: false, and finds no phrases: take match 'all'`,
    );
  return checked;
}

interface TextSearch extends InvertedSearch<TextField> {
  readonly query: CheckedText;
}

/** @throws ValidationError */
export function checkTextSearch(live: LiveIndex, reader: Reader, query: unknown, o: AnySearch): TextSearch {
  const checked = checkInverted(live.text, 'text', reader, o);
  return { ...checked, query: textQuery(query, checked.spec) };
}

export function searchText(
  live: LiveIndex,
  reader: Reader,
  search: TextSearch,
  ending: AbortSignal,
): Promise<Hit[]> {
  const { query, spec, highlight } = search;
  const showing = highlight && (() => new Highlights(live, [{ spec, query, highlight }]));
  return searchInverted(live, reader, query, search, ending, showing);
}
