/*
 * A small program of a user: its words in a database, in memory or in the directory that it is given, indexed on worker
 * threads, searched with a filter that has an index, many at once, and opened again.
 */
import { open } from 'silt';

const ROWS = 3_000;
const points = Array.from({ length: ROWS }, (_, i) => ({
  id: i,
  vector: Array.from({ length: 16 }, (_, at) => Math.sin(i * 12.9898 + at * 78.233)),
  payload: { n: i, group: `group ${i % 100}` },
}));

function expect(what, found, expected) {
  if (found !== expected) throw new Error(`${what}: ${JSON.stringify(found)}, expected ${expected}`);
}

export async function use(path) {
  const db = await open(path);
  const words = await db.createCollection('words', { dimension: 16, metric: 'euclidean' });
  await words.upsert(points);
  await words.createPayloadIndex('group', 'keyword');
  await words.buildNow();
  expect('indexed', words.status().indexed, ROWS);
  expect('degraded', words.status().state === 'degraded', false);
  const filter = { must: [{ key: 'group', match: { value: 'group 77' } }] };
  const hits = await words.search(points[77].vector, { k: 3, filter });
  expect('the nearest', hits[0].id, 77);
  expect(
    'of its group',
    hits.every(({ id }) => id % 100 === 77),
    true,
  );
  const many = await Promise.all(points.slice(0, 64).map(({ vector }) => words.search(vector, { k: 1 })));
  expect('found at once', many.filter(([hit], i) => hit.id === i).length, 64);
  await db.close();
  if (path === undefined) return;
  const again = await open(path);
  const [hit] = await again.collection('words').search(points[5].vector, { k: 1 });
  expect('after reopening', hit.payload.n, 5);
  await again.close();
}
