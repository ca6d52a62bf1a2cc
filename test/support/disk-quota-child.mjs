/*
 * Run as a process whose quota is used up (disk-quota.c): writes before, while and after, and tells what came of it.
 * Argument: a folder.
 */
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '#silt/index.js';

const path = join(process.argv[2], 'db');
const armed = process.env.SILT_QUOTA;
const points = (from, count) =>
  Array.from({ length: count }, (_, i) => ({
    id: from + i,
    vector: [1, i],
    payload: { text: 'x'.repeat(500) },
  }));
const outcome = (call) =>
  call().then(
    () => 'written',
    ({ code, message }) => `${code}: ${message.replace(process.argv[2], 'PATH')}`,
  );
const database = await open(path);
const collection = await database.createCollection('points', { dimension: 2, metric: 'euclidean' });
await collection.upsert(points(0, 100));
writeFileSync(armed, '');
const refused = [
  await outcome(() => collection.upsert(points(100, 1))),
  await outcome(() => collection.upsert(points(100, 500))),
  await outcome(() => database.createCollection('more', { dimension: 2, metric: 'euclidean' })),
];
const opened = await outcome(() => open(join(process.argv[2], 'other')));
rmSync(armed);
const after = await outcome(() => collection.upsert(points(100, 500)));
await database.close();
const again = await open(path);
const found = again.collection('points').status().points;
await again.close();
process.stdout.write(
  JSON.stringify({ refused, opened, after, found, left: readdirSync(join(path, 'store')) }),
);
