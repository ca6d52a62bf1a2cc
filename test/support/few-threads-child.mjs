/*
 * A process that gets no more than so many threads: fills a collection, builds, searches, and prints what came of it.
 * Arguments: threads, folder of the database ('' for memory), 'more' to go on where there are more. Run as a user of its own, whom the limit binds.
 */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { open } from '#silt/index.js';

const [threads, folder, more] = process.argv.slice(2);
await Promise.all(Array.from({ length: 8 }, () => stat('.'))); // the threads of the system's own calls
const now = readdirSync('/proc/self/task').length;
const prlimit = (more) => ['--pid', String(process.pid), `--nproc=${now + more}:`];
// A process that waits takes the place of a thread, and can raise the limit when no other process can be made.
const raise = spawn('sh', ['-c', 'read go; exec prlimit "$@"', 'sh', ...prlimit(40)], {
  stdio: ['pipe', 'inherit', 'inherit'],
});

const vector = (i) => Float32Array.from({ length: 8 }, (_, at) => Math.sin(i * 7 + at * 1.3));
const points = Array.from({ length: 1500 }, (_, id) => ({ id, vector: vector(id) }));
const config = { dimension: 8, metric: 'euclidean', indexing: { threads: 8, paused: true } };
const said = { threads: Number(threads) };
const attempt = (name, promise) =>
  promise.then(
    (value) => Object.assign(said, { [name]: value ?? true }),
    (error) => Object.assign(said, { [name]: `${error.code}: ${error.message}` }),
  );

execFileSync('prlimit', prlimit(Number(threads) + 1));
const db = await open(folder || undefined);
const create = (name) =>
  attempt(
    name,
    db.createCollection('t', config).then(() => true),
  );
await create('created');
const found = async (c) => {
  const ranks = await Promise.all(points.slice(0, 50).map((p) => c.search(p.vector, { k: 1 })));
  const exact = await c.search(vector(3), { k: 1, exact: true });
  return ranks.filter(([hit], i) => hit?.id === i).length === 50 && exact[0]?.id === 3;
};
const use = async (name) => {
  const c = db.collection('t');
  await attempt(
    `${name}Written`,
    c.upsert(points).then(() => true),
  );
  await attempt(
    `${name}Built`,
    c.buildNow().then((r) => r.linked),
  );
  await attempt(`${name}Found`, found(c));
  const { state, lastError, pending } = c.status();
  said[`${name}Status`] = { state, lastError, pending };
};
if (said.created === true) await use('few');
if (more) {
  raise.stdin.end('go\n');
  await once(raise, 'exit');
  await new Promise((resolve) => setTimeout(resolve, 1_100)); // the pool tries again a second later
  if (said.created !== true) await create('createdLater');
  await use('more');
} else raise.kill();
await db.close();
console.log(JSON.stringify(said));
