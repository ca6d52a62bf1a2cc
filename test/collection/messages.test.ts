/* What a careless call is told: what was expected, what came, and what to do. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Collection, open, restore } from '#silt/index.js';
import { errorOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';

const VECTOR = [1, 0, 0, 0];
/* biome-ignore lint/suspicious/noExplicitAny: calls that types refuse */
type Careless = any;

const upserted = (point: unknown) => (c: Collection) => c.upsert(point as Careless);
const stored = (payload: unknown) => upserted({ id: 3, vector: VECTOR, payload });
const embedded = (vector: unknown) => upserted({ id: 3, vector });
const searched =
  (o: unknown, query: unknown = VECTOR) =>
  (c: Collection) =>
    c.search(query as Careless, o as Careless);
const filtered = (filter: unknown) => searched({ filter });

function* generator() {
  yield { id: 1, vector: VECTOR };
}

const circle: { inner?: unknown } = {};
circle.inner = circle;

const CASES: Record<string, [(c: Collection) => unknown, RegExp]> = {
  'a vector of another model': [
    embedded([1, 2]),
    /^the vector of point 0 \(id 3\) has 2 components, expected 4: all vectors must come from the same embedding model \(dimension: 4 was given/,
  ],
  'a vector of one component': [embedded([1]), /has 1 component, expected 4/],
  'one embedding in an array': [
    embedded([VECTOR]),
    /the vector of point 0 \(id 3\): component 0 is an array of 4, expected a number\. Pass one vector, not a batch/,
  ],
  'as many embeddings as there are dimensions': [
    searched({}, [VECTOR, VECTOR, VECTOR, VECTOR]),
    /component 0 is an array of 4, expected a number\. Pass one vector, not a batch/,
  ],
  NaN: [embedded([1, Number.NaN, 0, 0]), /component 1 is NaN, expected a finite float32 number/],
  'a string as a component': [embedded([1, '2', 0, 0]), /component 1 is "2", expected a number$/],
  'only zeros': [
    embedded([0, 0, 0, 0]),
    /the vector of point 0 \(id 3\) has only zeros, and so no direction for the metric cosine: leave it out, or use dot or euclidean/,
  ],
  'a text as the query': [
    searched({}, 'how do I'),
    /got "how do I"\. Silt does not embed text: pass the embedding that your model computes from it; to search by words, pass \{ text: "how do I" \}$/,
  ],
  'a promise as the query': [searched({}, Promise.resolve(VECTOR)), /got a Promise\. Is an await missing\?/],
  'a tensor': [
    searched({}, { data: new Float32Array(4), dims: [1, 4] }),
    /got an object\. It has data: pass that/,
  ],
  'an answer of an embedder': [
    embedded({ embedding: VECTOR }),
    /got an object\. It has embedding: pass that/,
  ],
  metadata: [
    upserted({ id: 1, vector: VECTOR, metadata: {} }),
    /point 0 has an unknown member "metadata".* Did you mean payload\?/,
  ],
  values: [upserted({ id: 1, values: VECTOR }), /unknown member "values".* Did you mean vector\?/],
  'a generator': [
    upserted(generator()),
    /upsert takes a point or an array of points, got .*\. Use ingest for iterables and streams/,
  ],
  'a Map': [upserted(new Map()), /upsert takes a point or an array of points, got a Map\. Use ingest/],
  'a promise of points': [upserted(Promise.resolve([])), /got a Promise\. Is an await missing\?/],
  'a promise among the points': [upserted([Promise.resolve({})]), /Is an await missing\?/],
  'a promise as a source': [(c) => c.ingest(Promise.resolve([]) as Careless), /Is an await missing\?/],
  'a Set of ids to be deleted': [
    (c) => c.delete(new Set([1]) as Careless),
    /delete takes an id, an array of ids, or \{ filter \}; got a Set\. Pass \[\.\.\.ids\]/,
  ],
  'nothing to be deleted': [
    (c) => c.delete(undefined as Careless),
    /delete takes an id, an array of ids, or \{ filter \}; got undefined\. For all points, pass \{ filter: \{\} \}$/,
  ],
  'no points to be changed': [
    (c) => c.setPayload(undefined as Careless, {}),
    /setPayload takes an id, an array of ids, or \{ filter \}; got undefined/,
  ],
  'a number in quotes': [searched({ k: '3' }), /k must be .*, got "3"\. Write 3, without quotes$/],
  'a number as the query': [
    searched({}, 7),
    /the query must be an array .*; got 7\. To search by a stored point, pass \{ id: 7 \}$/,
  ],
  'a number among the queries of a batch': [
    (c) => c.searchBatch([VECTOR, 7 as Careless], { k: '3' as Careless }),
    /^query 1 must be an array .*; got 7\. To search by a stored point, pass \{ id: 7 \}$/,
  ],
  'a misspelt query': [
    searched({}, { txt: 'ship' }),
    /got an object with the member "txt"\. Did you mean text\?$/,
  ],
  'words where there are none': [
    searched({}, { text: 'ship' }),
    /^this collection has no text field to be searched; it has an unnamed dense field\. createField\('body', /,
  ],
  'a vector in place of a query tree': [
    (c) => c.query(VECTOR as Careless),
    /a query must be an object, got an array of 4: write \{ query: \[ … \] \}$/,
  ],
  'an id in place of a query': [
    (c) => c.query({ query: 7 as Careless }),
    /query must be a vector or an object, got 7\. To search by a stored point, pass \{ id: 7 \}$/,
  ],
  'an id and vectors': [
    (c) => c.updateVectors(1 as Careless, { m: VECTOR } as Careless),
    /updateVectors takes \{ id, vector \} or an array of them, got 1\. Write \{ id: 1, vector: /,
  ],
  'a payload before its point': [
    (c) => c.setPayload({ a: 1 } as Careless, 1 as Careless),
    /payload must be an object, got 1: the points come first, setPayload\(which, payload\)$/,
  ],
  'a path in place of paths': [
    (c) => c.deletePayload(1, 'a.b' as Careless),
    /paths must be an array of paths, got "a\.b"\. Write \["a\.b"\]$/,
  ],
  'a name in place of names': [
    searched({ withVector: 'm' }),
    /withVector must be .*, got "m"\. Write \["m"\]$/,
  ],
  'a kind of another database': [
    (c) => c.createPayloadIndex('n', 'number' as Careless),
    /kind must be one of .*, got "number"\. Did you mean integer or float\?$/,
  ],
  'the code of a language': [
    (c) => c.createField('t', { text: { path: 't', language: 'pt-BR' } }),
    /language must be one of .*; got "pt-BR"\. Did you mean portuguese\?$/,
  ],
  'a misspelt key': [
    filtered({ must: { ky: 'n', match: { value: 1 } } }),
    /unknown member "ky".*\. Did you mean key\?$/,
  ],
  'names of fields where there is one without': [
    embedded({ m: VECTOR }),
    /got an object\. It has m: pass that, if it is one vector$/,
  ],
  'a part of a filter in place of the options': [
    (c) => c.delete({ must: [] } as Careless),
    /delete has no option "must"; it has filter.*\. Did you mean \{ filter: \{ must: … \} \}\?/,
  ],
  'the same of count': [
    (c) => c.count({ must_not: [] } as Careless),
    /Did you mean \{ filter: \{ must_not: … \} \}/,
  ],
  'how words match, beside the text': [
    searched({ match: 'all' }, { text: 'ship' }),
    /search has no option "match".*\. It stands beside the text: \{ text: …, match: … \}$/,
  ],
  'groups of a query': [
    (c) => c.query({ query: VECTOR, groupBy: 'n' } as Careless),
    /query has no option "groupBy".*\. queryGroups has it$/,
  ],
  'a condition of a change': [
    (c) => c.setPayload(1, { n: 2 }, { condition: {} } as Careless),
    /setPayload has no option "condition".*\. Pass \{ filter \} in the place of ids: /,
  ],
  'a test of another grammar': [
    filtered({ must: { key: 'n', eq: 3 } }),
    /unknown member "eq".*\. Did you mean match: \{ value: 3 \}\?$/,
  ],
  'the end of a range of another grammar': [
    filtered({ must: { key: 'n', range: { $lt: 3 } } }),
    /unknown member "\$lt".*\. Did you mean lt\?$/,
  ],
  'a Date in a range': [
    filtered({ must: { key: 'n', range: { gt: new Date(0) } } }),
    /range\.gt must be a finite number, or a time such as date\.toISOString\(\), got a Date/,
  ],
  topK: [searched({ topK: 3 }), /search has no option "topK".*\. Did you mean k\?/],
  n_results: [searched({ n_results: 3 }), /Did you mean k\?/],
  where: [searched({ where: {} }), /Did you mean filter\?/],
  with_payload: [searched({ with_payload: true }), /Did you mean withPayload\?/],
  exakt: [searched({ exakt: true }), /Did you mean exact\?/],
  'an id and a vector': [
    (c) => c.upsert(5 as Careless, VECTOR as Careless),
    /upsert takes a point or an array of points, got 5\. Write \{ id: 5, vector: \[ … \] \}$/,
  ],
  'a number of points in place of the options': [
    searched(5),
    /search options must be an object, got 5: write \{ k: 5 \}$/,
  ],
  'a receipt in place of its seq': [
    (c) => c.waitFor({ seq: 1, inserted: 1 } as Careless, 'durable'),
    /seq must be an integer from 0, got an object\. It has seq: pass that/,
  ],
  'the same as minSeq': [
    searched({ minSeq: { seq: 1 } }),
    /minSeq must be an integer from 0, got an object\. It has seq: pass that/,
  ],
  'a receipt that was not awaited': [
    (c) => c.waitFor(Promise.resolve(1) as Careless, 'durable'),
    /seq must be .*, got a Promise\. Is an await missing\?/,
  ],
  'a stage in another case': [
    (c) => c.waitFor(0, 'Indexed' as Careless),
    /stage must be one of durable, searchable, indexed, got "Indexed"\. Did you mean indexed\?/,
  ],
  'an AbortController in place of its signal': [
    searched({ signal: new AbortController() }),
    /signal must be an AbortSignal, got an AbortController\. It has signal: pass that/,
  ],
  'the same of a write': [
    (c) => c.upsert([], { signal: new AbortController() as Careless }),
    /signal must be an AbortSignal, got an AbortController\. It has signal: pass that/,
  ],
  'ids in an object': [
    (c) => c.delete({ ids: [1] } as Careless),
    /delete takes an id, an array of ids, or \{ filter \}; got an object with the member ids\. .*: delete\(ids\)/,
  ],
  'a durability in another case': [
    (c) => c.upsert([], { durability: 'Committed' as Careless }),
    /durability must be one of flushed, committed, got "Committed"\. Did you mean committed\?/,
  ],
  'a path that is none in withPayload': [
    searched({ withPayload: { include: ['a..b'] } }),
    /withPayload\.include\[0\] must be a path such as a\.b, .*, got "a\.\.b" \(wrong at character 3\)/,
  ],
  'an option that is like no other': [searched({ colour: 'red' }), /search has no option "colour"[^?]*$/],
  'a condition in place of a filter': [
    filtered({ key: 'a', match: { value: 1 } }),
    /filter has an unknown member "key".*\. Conditions go into one of these: \{ must: \{ key: … \} \}/,
  ],
  'a misspelt test': [filtered({ must: { key: 'a', macth: {} } }), /"macth".* Did you mean match\?/],
  'a value that was never set': [
    filtered({ must: { key: 'a', match: { value: undefined } } }),
    /must have exactly one of value, .*; it has none \(undefined counts as absent\)/,
  ],
  'a bare value in place of a match': [
    filtered({ must: { key: 'a', match: 'x' } }),
    /filter\.must\.match must be an object, got "x"\. Write match: \{ value: "x" \}$/,
  ],
  'a list in place of a match': [
    filtered({ must: { key: 'a', match: ['x', 'y'] } }),
    /got an array of 2\. Write match: \{ any: \["x", …\] \}$/,
  ],
  'a number in quotes as a bound': [
    filtered({ must: { key: 'a', range: { gte: '3' } } }),
    /range\.gte must be a number, or a time of RFC 3339 such as "2024.*", got "3"\. For a number, write 3$/,
  ],
  'a bound beside the key': [
    filtered({ must: { key: 'a', gte: 3 } }),
    /unknown member "gte".*\. Did you mean range: \{ gte: 3 \}\?$/,
  ],
  'a value beside the key': [
    filtered({ must: { key: 'a', value: 'x' } }),
    /unknown member "value".*\. Did you mean match: \{ value: "x" \}\?$/,
  ],
  'a field as a member of the filter': [
    filtered({ n: 5 }),
    /unknown member "n".*: \{ must: \{ key: "n", match: \{ value: 5 \} \} \}$/,
  ],
  'a field within must': [
    filtered({ must: [{ n: ['a'] }] }),
    /unknown member "n".*\. Write \{ key: "n", match: \{ any: \["a"\] \} \}$/,
  ],
  'an operator of another grammar': [
    filtered({ n: { $gte: 3 } }),
    /unknown member "n".*: \{ must: \{ key: "n", range: \{ gte: 3 \} \} \}$/,
  ],
  'an operator that excludes': [
    filtered({ n: { $ne: 'x' } }),
    /unknown member "n".*: \{ must_not: \{ key: "n", match: \{ value: "x" \} \} \}$/,
  ],
  'a Map in a payload': [
    stored({ m: new Map() }),
    /point 0 \(id 3\): payload\.m is a Map, expected a plain object: store Object\.fromEntries\(map\)/,
  ],
  'a Set in a payload': [stored({ s: new Set() }), /payload\.s is a Set, .*: store \[\.\.\.set\]/],
  'a URL in a payload': [stored({ u: new URL('http://a.b') }), /is a URL, .*: store String\(url\)/],
  'an error in a payload': [stored({ e: new Error('x') }), /payload\.e is an Error, expected a plain object/],
  'a bigint in a payload': [
    stored({ n: 10n }),
    /payload\.n is 10n, which JSON cannot represent: store it as a string or a number/,
  ],
  'NaN in a payload': [stored({ n: Number.NaN }), /payload\.n is NaN, which JSON cannot represent/],
  'a payload that contains itself': [
    stored(circle),
    /^.{0,90} is nested more than 64 levels deep, or contains itself/,
  ],
};

test.each(Object.entries(CASES))('%s: the message says what to do', async (_, [call, message]) => {
  await using db = await open();
  const c = await db.createCollection('c', { dimension: 4, metric: 'cosine' });
  await expect((async () => call(c))()).rejects.toThrow(message);
  expect(await c.count()).toBe(0);
});

test('a collection that exists, or does not: the message says how to get it, and which there are', async () => {
  await using db = await open();
  const config = { dimension: 2, metric: 'dot' } as const;
  expect(() => db.collection('a')).toThrow(/^there is no collection "a"$/);
  await db.createCollection('a', config);
  await db.createCollection('b', config);
  await expect(db.createCollection('a', config)).rejects.toThrow(
    /already exists: get it with collection\("a"\)/,
  );
  expect(() => db.collection('c')).toThrow('there is no collection "c"; there are "a", "b"');
});

test.each([
  ['Cosine', 'cosine'],
  ['EUCLID', 'euclidean'],
  ['Dot', 'dot'],
  ['cosine_similarity', 'cosine'],
  ['inner_product', 'dot'],
  ['eucledian', 'euclidean'],
])('the metric "%s": the message names %s', async (metric, meant) => {
  await using db = await open();
  const config = { dimension: 2, metric: metric as 'dot' };
  await expect(db.createCollection('a', config)).rejects.toThrow(
    new RegExp(`metric must be one of .*, got "${metric}"\\. Did you mean ${meant}\\?`),
  );
});

test('an error about what is closed names the collection, by the name that it had last', async () => {
  const db = await open();
  const c = await db.createCollection('early', { dimension: 2, metric: 'dot' });
  await db.renameCollection('early', 'words');
  await db.close();
  await expect(c.count()).rejects.toThrow('the collection "words" is closed');
  await expect(c.upsert([])).rejects.toThrow('the collection "words" is closed');
  expect(() => c.status()).toThrow('the collection "words" is closed');
});

test('a bad path that is not part of a filter has the code of an option', async () => {
  await using db = await open();
  const c = await db.createCollection('a', { dimension: 2, metric: 'dot' });
  const bad = ['a..b'];
  for (const withPayload of [{ include: bad }, { exclude: bad }])
    await expect(c.search([1, 0], { withPayload })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  await expect(c.createPayloadIndex('a..b', 'bool')).rejects.toMatchObject({ code: 'INVALID_OPTION' });
});

test('a database that is open in this process already, or is not there: the message says what to do', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'data');
    const db = await open(path);
    const second = new RegExp(
      `is already open in process ${process.pid}, this one\\. Use that Database object`,
    );
    await expect(open(path)).rejects.toThrow(second);
    await expect(open(path, { readOnly: true })).rejects.toThrow(second);
    await db.close();
    const missing =
      /there is no database at .*nothing: .*Check the path \(working directory: .*\).* open or backup/;
    await expect(open(join(folder, 'nothing'), { readOnly: true })).rejects.toThrow(missing);
    await expect(restore(join(folder, 'nothing'), join(folder, 'new'))).rejects.toThrow(missing);
  }));

test('numbers in any typed array are taken as a vector', async () => {
  await using db = await open();
  const c = await db.createCollection('c', { dimension: 2, metric: 'dot' });
  await c.upsert([
    { id: 1, vector: Float64Array.of(1, 0) as Careless },
    { id: 2, vector: Uint8Array.of(0, 1) as Careless },
  ]);
  expect((await c.search(Float64Array.of(1, 0) as Careless, { k: 1 })).map(({ id }) => id)).toEqual([1]);
});

test('what is missing is said in the words of the call', async () => {
  await using db = await open();
  const c = await db.createCollection('c', { dimension: 2, metric: 'dot' });
  const said = async (call: () => Promise<unknown>): Promise<string> => (await errorOf(call)).message;
  expect(await said(() => db.getOrCreateCollection('c', {}))).toMatch(
    /has an unnamed field of 2 dimensions, which was not requested. Pass the configuration/,
  );
  expect(await said(() => c.queryGroups({ query: [1, 0], groupBy: 'a', limit: 2 } as never))).toMatch(
    /^queryGroups has no option "limit"; .*groupBy.* Did you mean groups\?$/,
  );
  expect(await said(() => db.backupCollection('c', undefined as never))).toMatch(/^path must be a file \(/);
  expect(await said(() => c.search({ text: 'a' }))).toMatch(
    /createField\('body', { text: { path: 'body' } }\) adds one/,
  );
  expect(await said(() => c.upsert({ id: 1, payload: {} } as never))).toMatch(
    /payload of a stored point, use setPayload$/,
  );
});

test('the stack of an error has the place where Silt was called, however deep it was thrown', async () => {
  await using db = await open();
  const c = await db.createCollection('c', { dimension: 2, metric: 'dot' });
  const limit = Error.stackTraceLimit;
  async function called(): Promise<unknown> {
    return await c.upsert([{ id: 1, vector: [1] }]);
  }
  const { stack } = await errorOf(called);
  expect(stack).toMatch(/^ValidationError: the vector of point 0/);
  expect(stack).toMatch(/at called .*messages\.test/);
  expect(Error.stackTraceLimit).toBe(limit);
});
