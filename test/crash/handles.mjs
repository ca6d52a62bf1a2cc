/*
 * Threads that have a database open end in all ways, again and again in one process; prints, after each round, how many
 * files of each kind the process has open. Arguments: a folder, and how many rounds.
 */
import { readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { open } from '#silt/index.js';

const WAYS = ['terminate', 'exit', 'throw', 'end', 'close'];
let drawn = 0;

async function live({ folder, way }) {
  const db = await open(join(folder, 'db'));
  const config = { dimension: 8, metric: 'euclidean', indexing: { mergeThreshold: 200, threads: 2 } };
  const t = db.collections().length ? db.collection('t') : await db.createCollection('t', config);
  let ending = false;
  parentPort.once('message', () => {
    parentPort.unref();
    ending = true;
    if (way === 'exit') process.exit(3);
    if (way === 'throw') throw new Error('meant');
    if (way === 'close') void db.close();
  });
  parentPort.postMessage('working');
  while (!ending) {
    const points = Array.from({ length: 300 }, (_, id) => ({
      id,
      vector: Array.from({ length: 8 }, (_, i) => Math.sin(++drawn + i)),
    }));
    await t.upsert(points).catch((error) => {
      if (!ending) throw error;
    });
  }
}

async function endThread(folder, way) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, way } });
  worker.on('error', () => {});
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  await Promise.race([ended, new Promise((resolve) => worker.once('message', resolve))]);
  await sleep(20 + 30 * (1 + Math.sin(++drawn)));
  if (way === 'terminate') await worker.terminate();
  else worker.postMessage('end');
  await ended;
}

/** Open files by what they are: the number of those that are the same but for an inode. */
function openFiles() {
  const counts = {};
  for (const file of readdirSync('/proc/self/fd')) {
    try {
      const name = readlinkSync(`/proc/self/fd/${file}`).replace(/\[\d+\]/, '');
      counts[name] = (counts[name] ?? 0) + 1;
    } catch {} // the one that lists
  }
  return counts;
}

if (isMainThread) {
  const [folder, rounds] = process.argv.slice(2);
  for (let round = 0; round < Number(rounds); round++) {
    for (const way of WAYS) await endThread(folder, way);
    console.log(JSON.stringify(openFiles()));
  }
} else await live(workerData);
