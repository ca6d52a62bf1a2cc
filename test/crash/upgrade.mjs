/*
 * Run as a process, to be killed: opens a database whose rows are being rewritten, and writes some points again, as
 * they are, until no row of the older format is left. Arguments: the directory.
 */
import { subscribe } from 'node:diagnostics_channel';
import { open } from '#silt/index.js';
import { pointOf, UPGRADE_POINTS } from './upgrade-points.mjs';

let done = false;
subscribe('silt:store:upgrade', (message) => {
  done = message.done;
});
const db = await open(process.argv[2]);
process.stdout.write('ready\n');
const points = db.collection('points');
for (let at = 0; !done; at += 7) {
  await points.upsert([pointOf(at % UPGRADE_POINTS), pointOf((at * 31) % UPGRADE_POINTS)]);
  await points.upsert({ id: 'extra', vector: [1, 2, 3] });
  await points.delete('extra');
}
await db.close();
