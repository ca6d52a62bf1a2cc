/*
 * Run as a process: opens the database in a folder and does what its parent says, one message at a time:
 * ['db', method, …] of the database, [collection, method, …] of a collection. Answers { result } or { error }.
 */
import { open } from '#silt/index.js';

const db = await open(process.argv[2], JSON.parse(process.argv[3]));
process.on('message', async ([target, method, ...values]) => {
  try {
    const result = await (target === 'db' ? db : db.collection(target))[method](...values);
    process.send({ result: JSON.parse(JSON.stringify(target === 'db' ? null : (result ?? null))) });
  } catch (error) {
    process.send({ error: `${error.code}: ${error.message}` });
  }
  if (target === 'db' && method === 'close') process.disconnect();
});
process.send('open');
