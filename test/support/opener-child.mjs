/*
 * Run as a process or a thread: opens and closes the database `path` as it is told, and says what came of it. The
 * package is that of `entry`, so that there can be two copies of it.
 *
 *   open   → open | refused <code> <pid> <message>
 *   write  → wrote <points in the collection>
 *   close  → closed
 *   block  → the event loop stands still for good
 *   spawn  → spawned <pid of a process that lives on>
 */
import { spawn } from 'node:child_process';
import cluster from 'node:cluster';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { parentPort, workerData } from 'node:worker_threads';

const [path, entry] = workerData ?? process.argv.slice(2);
let database;

async function obey(command) {
  if (command === 'open') {
    try {
      const { open } = await import(entry ?? '#silt/index.js');
      database = await open(path);
      return 'open';
    } catch (error) {
      return `refused ${error.code} ${error.pid} ${error.message}`;
    }
  }
  if (command === 'write') {
    const config = { dimension: 1, metric: 'euclidean' };
    const names = database.collections().map(({ name }) => name);
    const c = names.includes('c') ? database.collection('c') : await database.createCollection('c', config);
    const before = await c.count();
    await c.upsert({ id: before, vector: [before] });
    return `wrote ${await c.count()}`;
  }
  if (command === 'close') {
    await database.close();
    return 'closed';
  }
  if (command === 'block') Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
  if (command === 'spawn') {
    const child = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 60_000)'], {
      detached: true,
      stdio: 'ignore',
    });
    return `spawned ${child.pid}`;
  }
  return `unknown ${command}`;
}

if (parentPort) {
  parentPort.on('message', async (command) => parentPort.postMessage(await obey(command)));
} else if (cluster.isPrimary && process.env.SILT_TEST_CLUSTER) {
  // The worker gets the input, and its death is not that of this process.
  const worker = cluster.fork();
  await once(worker, 'message'); // it listens
  createInterface({ input: process.stdin }).on('line', (line) => {
    if (line === 'kill') worker.process.kill('SIGKILL');
    else worker.send(line);
  });
  worker.on('message', (reply) => process.stdout.write(`${reply}\n`));
  process.on('exit', () => worker.process.kill('SIGKILL'));
  worker.on('exit', () => process.stdout.write('gone\n'));
} else if (cluster.isWorker) {
  process.on('message', async (command) => process.send(await obey(command)));
  process.send('listening');
} else {
  createInterface({ input: process.stdin })
    .on('line', async (line) => process.stdout.write(`${await obey(line)}\n`))
    .on('close', () => process.exit(0));
}
