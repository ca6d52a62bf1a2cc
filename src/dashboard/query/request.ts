/* From what is filled in to a query, as the text of JSON: ids and numbers stay as they were typed. */
import type { CollectionSummary, IdText } from '../../server/dashboard/wire.js';
import { fieldsOf, type NamedField } from '../format.ts';
import { pretty } from '../json/pretty.ts';
import { filterJson } from '../json/typed-filter.ts';

export type Kind = 'vector' | 'like' | 'text' | 'hybrid' | 'json';

export interface Form {
  readonly kind: Kind;
  /** The field of vectors. */
  readonly using: string;
  readonly vector: string;
  readonly id: IdText;
  /** The field of text. */
  readonly textField: string;
  readonly words: string;
  readonly match: 'any' | 'all' | 'phrase';
  readonly fuzzy: boolean;
  readonly k: number;
  readonly recall: number;
  readonly exact: boolean;
  readonly filter: string;
  readonly json: string;
}

export const vectorFields = ({ config }: CollectionSummary): NamedField[] =>
  fieldsOf(config).filter(({ kind }) => kind !== 'text');
export const textFields = ({ config }: CollectionSummary): NamedField[] =>
  fieldsOf(config).filter(({ kind }) => kind === 'text');

/** What can be asked of a collection with these fields. */
export function kindsOf(collection: CollectionSummary): Kind[] {
  const [hasVectors, hasText] = [vectorFields(collection).length > 0, textFields(collection).length > 0];
  return [
    ...(hasVectors ? (['vector', 'like'] as const) : []),
    ...(hasText ? (['text'] as const) : []),
    ...(hasVectors && hasText ? (['hybrid'] as const) : []),
    'json',
  ];
}

export function formOf(collection: CollectionSummary, id: IdText | null): Form {
  const kinds = kindsOf(collection);
  return {
    kind: id === null || !kinds.includes('like') ? kinds[0]! : 'like',
    using: vectorFields(collection)[0]?.name ?? '',
    vector: '',
    id: id ?? '',
    textField: textFields(collection)[0]?.name ?? '',
    words: '',
    match: 'any',
    fuzzy: false,
    k: 10,
    recall: 0.98,
    exact: false,
    filter: '',
    json: '{\n  "query": {"sample": "random"},\n  "k": 10\n}',
  };
}

/** An object of members that are texts of JSON; those that are undefined are left out. */
function object(members: Readonly<Record<string, string | undefined>>): string {
  const given = Object.entries(members).filter(([, text]) => text !== undefined);
  return `{${given.map(([name, text]) => `${JSON.stringify(name)}: ${text}`).join(', ')}}`;
}

const usingOf = (name: string): string | undefined => (name === '' ? undefined : JSON.stringify(name));

function wordsOf({ words, match, fuzzy }: Form): string {
  return object({
    text: JSON.stringify(words),
    match: match === 'any' ? undefined : JSON.stringify(match),
    fuzzy: fuzzy && match !== 'phrase' ? '1' : undefined,
  });
}

/** Each of both finds more than is asked for, so that what is second best in both can win. */
const MORE = 3;

export function requestOf(form: Form): string {
  const { kind, using, vector, id, textField, k, recall, exact, filter, json } = form;
  if (kind === 'json') return json;
  const effort = exact ? { exact: 'true' } : { recall: recall === 0.98 ? undefined : String(recall) };
  const rest = { k: String(k), filter: filterJson(filter) || undefined };
  if (kind === 'vector')
    return pretty(object({ query: vector.trim(), using: usingOf(using), ...effort, ...rest }));
  if (kind === 'like')
    return pretty(object({ query: object({ id: id.trim() }), using: usingOf(using), ...effort, ...rest }));
  if (kind === 'text') return pretty(object({ query: wordsOf(form), using: usingOf(textField), ...rest }));
  const each = { k: String(MORE * k) };
  const near = object({ query: vector.trim(), using: usingOf(using), ...effort, ...each });
  const words = object({ query: wordsOf(form), using: usingOf(textField), ...each });
  return pretty(object({ prefetch: `[${near}, ${words}]`, query: '{"fusion": "rrf"}', ...rest }));
}

/** What is still missing; null where it can be asked. */
export function missing({ kind, vector, id, words }: Form): string | null {
  if (kind === 'like' && id.trim() === '') return 'Give the id of a point.';
  if ((kind === 'vector' || kind === 'hybrid') && vector.trim() === '')
    return 'Give a vector, or take that of a point.';
  if ((kind === 'text' || kind === 'hybrid') && words.trim() === '') return 'Give some words.';
  return null;
}
