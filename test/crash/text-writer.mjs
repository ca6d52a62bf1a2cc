/* Writes texts and changes them until it is killed: text-kill.test.ts. Prints each step when it is acknowledged. */
import { open } from '#silt/index.js';

const [path, from] = [process.argv[2], Number(process.argv[3])];
const db = await open(path);
const texts = await db.getOrCreateCollection('texts', { text: { body: { path: 'body' } } });
for (let step = from; ; step++) {
  const ids = Array.from({ length: 20 }, (_, i) => (step * 7 + i) % 200);
  if (step % 3 === 0) await texts.setPayload(ids, { body: `patched step${step}` });
  else if (step % 3 === 1) await texts.delete(ids.slice(0, 5));
  else await texts.upsert(ids.map((id) => ({ id, payload: { body: `written step${step}` } })));
  process.stdout.write(`${step}\n`);
}
