/*
 * Where the thread that writes a store begins: before it loads LMDB, which a thread that is being ended must not do.
 * Nothing is awaited at the top level, which a CommonJS script cannot do: see writer-source.ts.
 */
import { workerData } from 'node:worker_threads';
import type { WriterData } from './writer.js';
import { beginUnlessExiting, settled } from './writer-start.js';

const { start } = workerData as WriterData;
beginUnlessExiting(start);
import('./writer.js').then(
  () => settled(start),
  (error: unknown) => {
    settled(start);
    queueMicrotask(() => {
      throw error; // ends the thread, whatever becomes of rejected promises
    });
  },
);
