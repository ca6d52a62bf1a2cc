/* Where the thread that writes a store begins: before it loads LMDB, which a thread that is being ended must not do. */
import { workerData } from 'node:worker_threads';
import type { WriterData } from './writer.js';
import { beginUnlessExiting, settled } from './writer-start.js';

const { start } = workerData as WriterData;
beginUnlessExiting(start);
try {
  await import('./writer.js');
} finally {
  settled(start);
}
