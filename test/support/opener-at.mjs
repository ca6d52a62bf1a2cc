/*
 * Run as a thread: opens the database `path` when it is told by shared memory, so that whoever tells it can stand still
 * meanwhile, in the middle of a call. Posts a message when it is ready.
 *
 *   state 0 → 1  it is told to open
 *   state 1 → 2  it is open; → 3  it was rejected with DATABASE_LOCKED; → 4  with another error
 */
import { parentPort, workerData } from 'node:worker_threads';
import { open } from '#silt/index.js';

const { path, state } = workerData;
const reach = (value) => {
  Atomics.store(state, 0, value);
  Atomics.notify(state, 0);
};
parentPort.postMessage('ready');
Atomics.wait(state, 0, 0);
try {
  const database = await open(path);
  reach(2);
  await database.close();
} catch (error) {
  reach(error.code === 'DATABASE_LOCKED' ? 3 : 4);
}
