/*
 * Where a worker thread begins: a file of the build. The package that is published has the text of the thread in place of
 * this address, so that bundlers, archives and single executables have no file to find: scripts/package.
 */
import type { ThreadSource } from './thread.js';

export const WORKER: ThreadSource = new URL('../../threads/worker-entry.js', import.meta.url);
