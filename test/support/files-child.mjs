/*
 * Run as a process: opens each database directory that it is told of, one a line, and says what is in it. A file that
 * ends the process by a signal ends this one, and not the test.
 */
import { createInterface } from 'node:readline';
import { open } from '#silt/index.js';

for await (const path of createInterface({ input: process.stdin })) {
  let found;
  try {
    const database = await open(path);
    const c = database.collections()[0];
    const points = [];
    if (c) for await (const { id } of database.collection(c.name).scroll()) points.push(id);
    const receipt = c && (await database.collection(c.name).upsert({ id: 'more', vector: [1, 2, 3, 4] }));
    found = { opened: points.length, wrote: receipt?.inserted };
    await database.close();
  } catch (error) {
    found = { code: error.code, message: error.message };
  }
  process.stdout.write(`${JSON.stringify(found)}\n`);
}
