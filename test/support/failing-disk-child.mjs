/*
 * Run as a process on a disk that fails (failing-disk.c): writes before and after, reads, closes and opens again.
 * Tells what came of it. Argument: a folder.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '#silt/index.js';

const path = join(process.argv[2], 'db');
const point = (id) => ({ id, vector: [1, id] });
const database = await open(path);
const points = await database.createCollection('points', { dimension: 2, metric: 'euclidean' });
await points.upsert(point(1));
writeFileSync(process.env.SILT_FAIL_META, '');
const refused = [];
for (let id = 2; id < 6; id++)
  await points.upsert(point(id)).then(
    () => refused.push('written'),
    ({ code, message }) => refused.push(`${code}: ${message.replace(path, 'PATH')}`),
  );
const read = [(await points.get(1))?.id, await points.get(2), (await points.search([1, 1], { k: 3 })).length];
await database.close();
const again = await open(path);
const found = again.collection('points').status().points;
await again.collection('points').upsert(point(9));
await again.close();
process.stdout.write(JSON.stringify({ refused, read, found }));
