/*
 * Run as a process, to be killed: opens a database whose rows are being rewritten, and writes some points again, as
 * they are, until no row of the older format is left. Arguments: the directory.
 */
import { subscribe } from 'node:diagnostics_channel';
import { open } from '#silt/index.js';
import './arm.mjs';
import { pointOf, UPGRADE_POINTS } from './upgrade-points.mjs';

let done = false;
subscribe('silt:store:upgrade', (message) => {
  done = message.done;
});
const db = await open(process.argv[2]);
process.stdout.write('ready\n');
const points = db.collection('points');
// Ten at a time, more than the few that this thread itself commits: places to be killed at count in the writer's.
const ten = (pointAt) => Array.from({ length: 10 }, (_, i) => pointAt(i));
const extra = ten((i) => (i === 0 ? 'extra' : `extra ${i}`));
for (let at = 0; !done; at += 7) {
  await points.upsert(ten((i) => pointOf((at + i * i * 31) % UPGRADE_POINTS)));
  await points.upsert(extra.map((id) => ({ id, vector: [1, 2, 3] })));
  await points.delete(extra);
}
await db.close();
