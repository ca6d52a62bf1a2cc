/*
 * A thread that reads vectors of rows by row-file.ts, at random, until it is told to stop. The vector of row `n` is (n, n + 1, …).
 * Says how often it found a row and how often not, and the first vector that was another one.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { openReader } from '#silt/store/lmdb/row-file.js';

const { reading, dimension, shared } = workerData;
const [STOP, ROWS] = [0, 1];
const words = new Int32Array(shared);
const reader = openReader(reading.input);
const into = new Float32Array(dimension);
const said = { found: 0, missed: 0, wrong: undefined };
while (Atomics.load(words, STOP) === 0 && !said.wrong) {
  const row = 1 + Math.floor(Math.random() * Atomics.load(words, ROWS));
  into.fill(-1);
  if (!reader.read(row, into)) said.missed++;
  else if (into.every((x, i) => x === row + i)) said.found++;
  else said.wrong = { row, read: [...into.slice(0, 4)] };
}
reader.close();
parentPort.postMessage(said);
