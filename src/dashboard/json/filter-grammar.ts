/* The grammar of filters (docs/FILTERS.md), for completion. */
import type { CollectionSummary, KeyView } from '../../server/dashboard/wire.js';
import { fieldsOf } from '../format.ts';
import type { Choice, Grammar, Spot } from './complete.ts';

const member = (name: string, says: string, value = '|'): Choice => ({
  label: name,
  says,
  insert: `${JSON.stringify(name)}: ${value}`,
});

const CLAUSES: readonly Choice[] = [
  member('must', 'all hold', '[{|}]'),
  member('should', 'one holds', '[{|}]'),
  member('must_not', 'none holds', '[{|}]'),
  member('min_should', 'so many hold', '{"conditions": [{|}], "min_count": 1}'),
];

const CONDITIONS: readonly Choice[] = [
  member('key', 'path of the payload', '"|"'),
  member('has_id', 'ids', '[|]'),
  member('has_vector', 'field', '"|"'),
  member('is_empty', 'missing or empty', '{"key": "|"}'),
  member('is_null', 'null', '{"key": "|"}'),
  member('nested', 'objects of a list', '{"key": "|", "filter": {}}'),
];

const TESTS: readonly Choice[] = [
  member('match', 'value or words', '{|}'),
  member('range', 'numbers or times', '{|}'),
  member('values_count', 'how many', '{|}'),
  member('is_empty', 'missing or empty', 'true'),
  member('is_null', 'null', 'true'),
  member('geo_radius', 'within a circle', '{"center": {"lat": |, "lon": 0}, "radius": 1000}'),
  member(
    'geo_bounding_box',
    'within a box',
    '{"top_left": {"lat": |, "lon": 0}, "bottom_right": {"lat": 0, "lon": 0}}',
  ),
];

const MATCHES: readonly Choice[] = [
  member('value', 'is'),
  member('any', 'is one of', '[|]'),
  member('except', 'is none of', '[|]'),
  member('text', 'has all words', '"|"'),
  member('text_any', 'has one of the words', '"|"'),
  member('phrase', 'words in a row', '"|"'),
  member('contains', 'letter by letter', '"|"'),
  member('prefix', 'begins with', '"|"'),
];

const RANGES: readonly Choice[] = ['gt', 'gte', 'lt', 'lte'].map((name) =>
  member(name, { gt: 'above', gte: 'at least', lt: 'below', lte: 'at most' }[name]!),
);

const IN_OBJECT: Readonly<Record<string, readonly Choice[]>> = {
  match: MATCHES,
  range: RANGES,
  values_count: RANGES,
  is_empty: [CONDITIONS[0]!],
  is_null: [CONDITIONS[0]!],
  nested: [CONDITIONS[0]!, member('filter', 'of each object', '{|}')],
  min_should: [member('conditions', 'filters', '[{|}]'), member('min_count', 'so many hold')],
};

const CLAUSE_NAMES = new Set(['must', 'should', 'must_not', 'conditions']);

/** The name of the member that a container is the value of; through a list that it stands in. */
function owner({ levels }: Spot): string | null {
  const above = levels.at(-2);
  if (!above) return null;
  return above.kind === 'array' ? (levels.at(-3)?.key ?? null) : above.key;
}

function keysAt(spot: Spot): readonly Choice[] {
  const name = owner(spot);
  if (name === null || name === 'filter') return CLAUSES;
  if (CLAUSE_NAMES.has(name)) return spot.level?.members.has('key') ? TESTS : [...CONDITIONS, ...CLAUSES];
  return IN_OBJECT[name] ?? [];
}

/** Of a whole filter on a key: by what its values are. */
function whole({ path, types, examples, index }: KeyView): Choice {
  const key = JSON.stringify(path);
  const isNumber = types.includes('number');
  const first = examples[0];
  const test = isNumber
    ? `"range": {"gte": ${typeof first === 'number' ? first : ''}|}`
    : `"match": {"value": ${first === undefined ? '"|"' : `${JSON.stringify(first)}|`}}`;
  return {
    label: path,
    says: [types.join(', '), index && `${index} index`].filter(Boolean).join(', '),
    insert: `{"must": [{"key": ${key}, ${test}}]}`,
  };
}

const plain = ({ path, types, index }: KeyView): Choice => ({
  label: path,
  says: [types.join(', '), index && `${index} index`].filter(Boolean).join(', '),
  insert: JSON.stringify(path),
});

export function filterGrammar(keys: readonly KeyView[], { config }: CollectionSummary): Grammar {
  const usable = keys.filter(({ types }) => types.some((type) => type !== 'object'));
  const valuesOf = (spot: Spot): readonly Choice[] => {
    // The key stands beside the test: two containers further out for a list of values.
    const path = spot.levels
      .map(({ members }) => members.get('key'))
      .findLast((value) => value !== undefined);
    const known = keys.find((key) => key.path === path);
    return (known?.examples ?? []).map((value) => ({
      label: String(value),
      says: typeof value,
      insert: JSON.stringify(value),
    }));
  };
  return (spot) => {
    const { level, wants } = spot;
    if (!level) return usable.map(whole);
    if (wants === 'key') return keysAt(spot);
    const key = level.kind === 'array' ? spot.levels.at(-2)?.key : level.key;
    if (key === 'key') return usable.map(plain);
    if (key === 'has_vector')
      return fieldsOf(config).map(({ name, says }) => ({ label: name, says, insert: JSON.stringify(name) }));
    if (['value', 'any', 'except', 'gt', 'gte', 'lt', 'lte', 'text', 'prefix'].includes(key ?? ''))
      return valuesOf(spot);
    return [];
  };
}
