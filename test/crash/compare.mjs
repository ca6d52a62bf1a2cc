/* Compares a database with the log of what was acknowledged: nothing less, nothing half, nothing twice. */
import { closeSync, openSync } from 'node:fs';
import { idKeyOf } from '#silt/base/ids.js';
import { compile } from '#silt/filter/evaluate.js';
import { parseFilter } from '#silt/filter/parse.js';
import { appendLine, FILTERS, idOf, payloadOf, possible, readLog, sparseOf, vectorOf } from './points.mjs';

const same = (a, b) => a?.length === b.length && a.every((x, i) => x === b[i]);
const sameJson = (a, b) => JSON.stringify(a) === JSON.stringify(b);
const key = (id) => `${typeof id} ${id}`;

function fail(name, what) {
  throw new Error(`collection ${name}: ${what}`);
}

/** Whether a point that was read is this version: its payload tells, or where it has none, its vector. */
function isVersion(point, number, version) {
  const payload = payloadOf(number, version);
  if (!sameJson(point?.payload, payload)) return false;
  return (
    payload !== undefined ||
    (point?.vector && same(point.vector, vectorOf(number, version, point.vector.length)))
  );
}

/** Whether the points that were read are those of a state: no more, no fewer, each of its version. */
export function isState(stored, state) {
  return (
    state.size === stored.size &&
    [...state].every(([number, version]) => isVersion(stored.get(key(idOf(number))), number, version))
  );
}

export function difference(stored, state) {
  const expected = new Map([...state].map(([number, version]) => [key(idOf(number)), { number, version }]));
  const missing = [...expected].filter(([id]) => !stored.has(id)).map(([id]) => id);
  const extra = [...stored.keys()].filter((id) => !expected.has(id));
  const changed = [...expected]
    .filter(([id, { number, version }]) => {
      const point = stored.get(id);
      return point && !isVersion(point, number, version);
    })
    .map(([id, { version }]) => `${id}: ${JSON.stringify(stored.get(id).payload)}, not version ${version}`);
  const list = (items) => `${items.length} (${items.slice(0, 3).join('; ')})`;
  return `missing ${list(missing)}, back from the dead ${list(extra)}, of another version ${list(changed)}`;
}

/** A point with its vector in the unnamed field alone. */
function withOwn(point) {
  const { vector } = point ?? {};
  return vector && !ArrayBuffer.isView(vector) ? { ...point, vector: vector[''] } : point;
}

export async function readAll(name, collection) {
  const stored = new Map();
  for await (const point of collection.scroll({ withVector: true })) {
    if (stored.has(key(point.id))) fail(name, `id ${point.id} comes twice in scroll`);
    stored.set(key(point.id), withOwn(point));
  }
  return stored;
}

/** Whether the best hit for the vector of a point is that point, whole, or one with the very same vector. */
function isOwn(name, hit, number, version, vector) {
  const id = idOf(number);
  if (!hit || key(hit.id) !== key(id)) return same(hit?.vector, vector);
  if (!same(hit.vector, vector) || !sameJson(hit.payload, payloadOf(number, version)))
    fail(name, `search gives id ${id} with the payload ${JSON.stringify(hit.payload)}`);
  return true;
}

async function compareSearch(name, collection, state) {
  const { dimension } = collection.config;
  for (const [number, version] of state) {
    const vector = vectorOf(number, version, dimension);
    const [hit] = (await collection.search(vector, { k: 1, withVector: true })).map(withOwn);
    if (!isOwn(name, hit, number, version, vector))
      fail(
        name,
        `the vector of id ${idOf(number)}, version ${version}, finds ${hit && `${hit.id} at ${hit.score}`}`,
      );
  }
  if (state.size === 0) return;
  const all = await collection.search(vectorOf(1, 1, dimension), { k: state.size + 10 });
  const ids = new Set(all.map((hit) => key(hit.id)));
  if (all.length !== state.size || ids.size !== state.size)
    fail(name, `a search for all gives ${all.length} hits, ${ids.size} ids, for ${state.size} points`);
}

/** Filters give what the payloads of the stored points say, by whatever indexes there are. */
async function compareFilters(name, collection, stored) {
  for (const filter of FILTERS) {
    const matches = compile(parseFilter(filter));
    const expected = [...stored.values()]
      .filter(({ id, payload }) => matches(payload, Buffer.from(idKeyOf(id)).toString('latin1')))
      .map(({ id }) => key(id));
    const text = JSON.stringify(filter, (_, value) => (typeof value === 'bigint' ? `${value}n` : value));
    const indexes = JSON.stringify(collection.info().payloadIndexes);
    const count = await collection.count({ filter });
    if (count !== expected.length)
      fail(name, `${count} points match ${text}, not ${expected.length}; indexes ${indexes}`);
    const query = vectorOf(1, 1, collection.config.dimension);
    const hits = await collection.search(query, { filter, k: stored.size + 10, exact: true });
    const found = new Set(hits.map(({ id }) => key(id)));
    if (hits.length !== expected.length || expected.some((id) => !found.has(id)))
      fail(
        name,
        `a search finds ${hits.length} points for ${text}, not ${expected.length}; indexes ${indexes}`,
      );
  }
}

/** Sparse vectors and words find the points that have them, and no others; where a collection has such fields. */
async function compareWords(name, collection, state) {
  if (!collection.config.sparse?.words) return;
  const expect = async (what, query, using, has) => {
    const expected = [...state]
      .filter(([number, version]) => has(number, version))
      .map(([number]) => idOf(number));
    const hits = await collection.search(query, { using, k: state.size + 10 });
    const found = new Set(hits.map(({ id }) => key(id)));
    if (hits.length !== expected.length || !expected.every((id) => found.has(key(id))))
      fail(name, `${what} finds ${hits.length} points, not the ${expected.length} that have it`);
  };
  for (const index of [0, 1, 2, 3, 4, 7, 8, 9, 10])
    await expect(`index ${index}`, { indices: [index], values: [1] }, 'words', (number, version) =>
      sparseOf(number, version)?.indices.includes(index),
    );
  const wordsAt = (path) => (number, version) => (payloadOf(number, version)?.[path] ?? '').split(' ');
  for (const path of ['note', 'text']) {
    const wordsOf = wordsAt(path);
    const words = new Set(
      [...state].flatMap(([number, version]) => wordsOf(number, version)).filter(Boolean),
    );
    for (const text of [...words, 'patch0'])
      await expect(`the word ${text}`, { text }, path, (...point) => wordsOf(...point).includes(text));
  }
  for (const [number, version] of state) {
    const words = (await collection.get(idOf(number)))?.vector?.words;
    const expected = sparseOf(number, version);
    const isSame = words
      ? expected && same(words.indices, expected.indices) && same(words.values, expected.values)
      : !expected;
    if (!isSame) fail(name, `the sparse vector of id ${idOf(number)} is ${JSON.stringify(words)}`);
  }
}

export async function compareState(name, collection, stored, state) {
  const { dimension } = collection.config;
  const count = await collection.count();
  if (count !== state.size) fail(name, `count is ${count}, not ${state.size}`);
  for (const [number, version] of state) {
    const id = idOf(number);
    const point = withOwn(await collection.get(id));
    const vector = vectorOf(number, version, dimension);
    if (!same(point?.vector, vector) || !sameJson(point.payload, payloadOf(number, version)))
      fail(name, `get of id ${id} gives ${JSON.stringify(point?.payload)}, not version ${version} whole`);
    if (!same(stored.get(key(id)).vector, vector)) fail(name, `scroll gives id ${id} another vector`);
  }
  await compareFilters(name, collection, stored);
  await compareWords(name, collection, state);
  await compareSearch(name, collection, state);
}

/**
 * Finds out which batches that were not acknowledged were kept, notes it in the log, and compares the rest.
 *
 * @throws Error that says what differs
 */
export async function compare(database, logPath) {
  const { states } = readLog(logPath);
  for (const [name, logged] of states) {
    const collection = database.collection(name);
    const stored = await readAll(name, collection);
    const candidates = [...possible(logged)];
    const at = candidates.findIndex((state) => isState(stored, state));
    if (at < 0) fail(name, difference(stored, candidates[0]));
    await compareState(name, collection, stored, candidates[at]);
    if (logged.open.length === 0) continue;
    const log = openSync(logPath, 'a');
    appendLine(log, { name, settled: at });
    closeSync(log);
  }
}

/** Links what waits; graph and store must be sound, and agree. */
export async function buildAndVerify(database, logPath) {
  for (const name of readLog(logPath).states.keys()) {
    const collection = database.collection(name);
    await collection.buildNow();
    const report = await collection.verify();
    if (!report.ok) fail(name, `verify says ${JSON.stringify(report)}`);
    const { pending, points, indexed, quarantined } = collection.status();
    if (pending !== 0 || indexed + quarantined !== points)
      fail(name, `after a build: ${JSON.stringify({ pending, points, indexed, quarantined })}`);
  }
}
