/*
 * Run as a process: opens the database in a folder, and goes on with the operations of a seed behind the last one that
 * it finds there, until it is killed. Tells its parent of each that was acknowledged. Arguments: folder, seed.
 */
import { open } from '#silt/index.js';
import { CONFIG, MARKER, operation } from './follow-ops.mjs';

const [folder, seed] = process.argv.slice(2);
const db = await open(folder);
const names = db.collections().map(({ name }) => name);
const points = names.includes('points')
  ? db.collection('points')
  : await db.createCollection('points', CONFIG);
let n = (await points.get(MARKER))?.payload.n ?? 0;
for (;;) {
  n++;
  const { together, deleted, written } = operation(Number(seed), n);
  const durability = n % 2 === 0 ? 'flushed' : 'committed';
  if (together) {
    const filter = { must: { has_id: deleted } };
    await points.batch([{ delete: { filter } }, { upsert: written }], { durability });
  } else {
    await points.delete(deleted);
    await points.upsert(written, { durability });
  }
  process.send(n);
  if (n % 50 === 0) await points.compact();
  if (n % 80 === 0) await points.buildNow();
  if (n % 10 === 0) await new Promise((resolve) => setTimeout(resolve, 1));
}
