/* Where the thread that writes a store begins. Replaced like platform/node/worker-source.ts. */
import type { ThreadSource } from '../../platform/node/thread.js';

export const WRITER: ThreadSource = new URL('./writer-entry.js', import.meta.url);
