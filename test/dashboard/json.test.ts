/* How the dashboard reads JSON that is being typed: places of values and errors, completion, setting out. */
import { expect, test } from 'vitest';
import { completed, completion, type Grammar } from '../../src/dashboard/json/complete.ts';
import { filterGrammar } from '../../src/dashboard/json/filter-grammar.ts';
import { faultAt, syntaxFault } from '../../src/dashboard/json/place.ts';
import { pretty } from '../../src/dashboard/json/pretty.ts';
import { scan } from '../../src/dashboard/json/scan.ts';
import { answeredFault, filterFault, filterJson } from '../../src/dashboard/json/typed-filter.ts';
import fc, { runs } from '../support/properties.js';

function property<T>(title: string, values: fc.Arbitrary<T>, holds: (value: T) => void): void {
  test(title, () => fc.assert(fc.property(values, holds), { numRuns: runs(1_000) }));
}

/** Paths of all values, as errors of Silt name them. */
function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  const inner = Array.isArray(value)
    ? value.flatMap((one, i) => pathsOf(one, `${path}[${i}]`))
    : Object.entries(value).flatMap(([key, one]) => pathsOf(one, path === '' ? key : `${path}.${key}`));
  return [path, ...inner];
}

property('all JSON is read, with a place for each of its values', fc.jsonValue(), (value) => {
  const text = JSON.stringify(value, null, 1);
  const { error, whole, levels, places } = scan(text);
  expect([error, whole, levels]).toEqual([null, true, []]);
  for (const path of pathsOf(value)) expect(places.has(path), path).toBe(true);
});

property(
  'what JSON.parse refuses is refused, with a place in the text',
  fc.string({ unit: fc.constantFrom(...'{}[],:"a1\\ ') }),
  (text) => {
    let isJson = text.trim() === '';
    try {
      JSON.parse(text);
      isJson = true;
    } catch {}
    const { error } = scan(text);
    expect(error === null, text).toBe(isJson);
    if (error) expect(error.at).toBeLessThanOrEqual(text.length);
  },
);

property(
  'JSON that is set out is the same JSON, and setting it out again changes nothing',
  fc.jsonValue(),
  (value) => {
    const text = pretty(JSON.stringify(value));
    expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify(value)));
    expect(pretty(text)).toBe(text);
  },
);

test('integers that no float equals stay as they are', () => {
  expect(pretty('{"id":9223372036854775809,"of":[]}')).toBe('{"id": 9223372036854775809, "of": []}');
});

const marked = (text: string, range: { from: number; to: number } | null): string | null =>
  range && text.slice(range.from, range.to);

test('an error is marked where it is', () => {
  const filter = '{"must": [{"key": "kind", "mach": {"value": "noun"}}]}';
  const unknown = faultAt(
    filter,
    'filter.must[0] has an unknown member "mach": it takes key, match',
    'filter',
  );
  expect(marked(filter, unknown.range)).toBe('"mach"');
  const typed = '{"must": {"key": "a", "range": {"gt": "x"}}}';
  expect(marked(typed, faultAt(typed, 'filter.must.range.gt must be a number', 'filter').range)).toBe('"gt"');
  const query = '{"prefetch": [{"query": [1, 2]}]}';
  expect(marked(query, faultAt(query, 'prefetch[0].query has 2 components', '').range)).toBe('"query"');
  expect(faultAt(query, 'there is no collection', '').range).toBeNull();
  expect(syntaxFault('{"must": [}')).toEqual({
    message: 'Not JSON: } closes nothing.',
    range: { from: 10, to: 11 },
  });
  expect(syntaxFault('{must: 1}')?.message).toBe(
    'Not JSON: must is not a value: strings stand in double quotes.',
  );
  expect(syntaxFault('{"a": 1')?.message).toBe('Not JSON: a bracket is not closed.');
  expect(syntaxFault('  ')).toBeNull();
});

const grammar: Grammar = filterGrammar(
  [
    { path: 'kind', types: ['string'], examples: ['noun', 'verb'], index: 'keyword' },
    { path: 'rank', types: ['number'], examples: [7], index: null },
    { path: 'of', types: ['object'], examples: [], index: null },
  ],
  { config: { dimension: 2, metric: 'cosine', vectors: 'memory' } } as never,
);

/** The labels at `|`. */
function labelsAt(text: string): string[] | null {
  const caret = text.indexOf('|');
  return completion(text.replace('|', ''), caret, grammar)?.choices.map(({ label }) => label) ?? null;
}

/** The text after the choice, with the caret in it. */
function taken(text: string, label: string): string {
  const caret = text.indexOf('|');
  const bare = text.replace('|', '');
  const found = completion(bare, caret, grammar)!;
  const after = completed(bare, found, found.choices.find((choice) => choice.label === label)!);
  return `${after.text.slice(0, after.caret)}|${after.text.slice(after.caret)}`;
}

test('the short form of a filter is taken as the command line takes it, and faults have their places', () => {
  const typed = 'rank>=1990000000000000000001  kind!=verb';
  expect(filterJson(typed)).toBe(
    '{"must": [{"key": "rank", "range": {"gte": 1990000000000000000001}}, {"must_not": [{"key": "kind", "match": {"value": "verb"}}]}]}',
  );
  expect(filterJson('  ')).toBe('');
  expect(filterJson(' {"must": []} ')).toBe('{"must": []}');
  expect(filterFault(typed)).toBeNull();
  expect(filterFault('rank')?.message).toMatch(
    /^Expected one of = != > >= < <= ~ behind rank; a key with spaces stands in/,
  );
  expect(marked('a=1 =3', filterFault('a=1 =3')!.range)).toBe('=');
  const answered = answeredFault(typed, 'filter.must[0].range.gte must be less');
  expect(marked(typed, answered.range)).toBe('rank>=1990000000000000000001');
});

test('a filter is completed at the caret: whole conditions, clauses, keys, tests and values', () => {
  expect(labelsAt('|')).toEqual(['kind', 'rank']);
  expect(taken('ki|', 'kind')).toBe('{"must": [{"key": "kind", "match": {"value": "noun"|}}]}');
  expect(labelsAt('{"|')).toEqual(['must', 'should', 'must_not', 'min_should']);
  expect(taken('{"mu|', 'must_not')).toBe('{"must_not": [{|}]');
  expect(labelsAt('{"must": [{"key": "|"}]}')).toEqual(['kind', 'rank']);
  expect(taken('{"must": [{"key": "k|ey"}]}', 'kind')).toBe('{"must": [{"key": "kind"|}]}');
  expect(labelsAt('{"must": {"key": "kind", "ma|"}}')).toEqual(['match']);
  expect(labelsAt('{"must": {"key": "kind", "match": {"|"}}}')).toContain('phrase');
  expect(labelsAt('{"must": {"key": "kind", "match": {"value": |}}}')).toEqual(['noun', 'verb']);
  expect(labelsAt('{"must": {"key": "kind", "match": {"any": ["noun", |]}}}')).toEqual(['noun', 'verb']);
  expect(labelsAt('{"must": {"key": "rank", "range": {"gte": 5, "|"}}}')).toEqual(['gt', 'gte', 'lt', 'lte']);
  expect(labelsAt('{"must": {"has_vector": "|"}}')).toBeNull();
  expect(labelsAt('{"must": [] |')).toBeNull();
  expect(labelsAt('{} |')).toBeNull();
  expect(labelsAt('rank>=2010 ki|')).toBeNull(); // the short form: JSON has no place in it
});
