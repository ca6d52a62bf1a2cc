// @ts-check
// Memory of this process as the kernel counts it, after garbage collection.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

// Finalizers of native objects and the unmapping of freed heap pages happen after a collection, on other
// threads and in later turns.
const COLLECTIONS = 3;
const PAUSE_MS = 50;

/**
 * @typedef {object} Memory
 * @property {number} resident bytes; of the JavaScript heap only what is in use, because the pages that V8
 *   keeps for later hold the garbage of converting rows for an engine, and differ from run to run
 * @property {number} anonymous bytes of the process that no file backs; 0 where the kernel does not tell
 * @property {number} file bytes of mapped files that are in memory: the kernel may drop them at any time
 * @property {number} shared bytes shared between processes, without a file
 */

/** @returns {Promise<Memory>} */
export async function settledMemory() {
  for (let i = 0; i < COLLECTIONS; i++) {
    globalThis.gc?.();
    await sleep(PAUSE_MS);
  }
  const { rss, heapTotal, heapUsed } = process.memoryUsage();
  return {
    resident: rss - heapTotal + heapUsed,
    anonymous: statusBytes('RssAnon') - heapTotal + heapUsed,
    file: statusBytes('RssFile'),
    shared: statusBytes('RssShmem'),
  };
}

/** @param {string} field */
function statusBytes(field) {
  try {
    const line = new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(readFileSync('/proc/self/status', 'latin1'));
    return Number(line?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** Threads of this process; 0 where the kernel does not tell. */
export function threadCount() {
  try {
    return readdirSync('/proc/self/task').length;
  } catch {
    return 0;
  }
}
