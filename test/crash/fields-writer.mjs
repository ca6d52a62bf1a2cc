/* Adds and drops fields, and changes and deletes vectors, between writes until it is killed: fields-kill.test.ts. Prints each step when it is acknowledged. */
import { open } from '#silt/index.js';
import { idsOf, STEPS } from './fields-steps.mjs';

const [path, from] = [process.argv[2], Number(process.argv[3])];
const db = await open(path);
const config = { dimension: 2, metric: 'euclidean', indexing: { threads: 1, mergeThreshold: 8 } };
const points = db.collections().length > 0 ? db.collection('c') : await db.createCollection('c', config);
for (let step = from; ; step++) {
  const text = `step${step}`;
  const kind = step % STEPS;
  const vectors = kind === 1 ? { '': [step, 1], x: [1, step] } : [step, 2];
  if (kind === 0) await points.createField('x', { vector: { dimension: 2, metric: 'dot' } });
  else if (kind === 2) await points.createField('t', { text: { path: 'text' } });
  else if (kind === 3)
    await points.updateVectors(idsOf(step).map((id) => ({ id, vector: { x: [2, step] } })));
  else if (kind === 4) await points.deleteVectors(idsOf(step).slice(0, 3), ['x']);
  else if (kind === 6) await points.dropField('x');
  else if (kind === 7) await points.dropField('t');
  else await points.upsert(idsOf(step).map((id) => ({ id, vector: vectors, payload: { text } })));
  process.stdout.write(`${step}\n`);
}
