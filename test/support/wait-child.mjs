/* Run as a process: writes one row, waits until it is indexed, and says so. Nothing else keeps the process alive. */
import { open } from '#silt/index.js';

const db = await open(process.argv[2]);
const indexing = { maxBufferAgeMs: 200, threads: 2 };
const points = await db.createCollection('points', { dimension: 2, metric: 'l2', indexing });
const { seq } = await points.upsert({ id: 1, vector: [1, 2] });
await points.waitFor(seq, 'indexed');
console.log(`indexed ${points.status().indexed}`);
await db.close();
