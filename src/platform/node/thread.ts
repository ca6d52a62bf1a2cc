/* Starts the threads of the package. */
import { Worker } from 'node:worker_threads';
import { nativePlaces, type Placed } from './native.js';

/** The address of a module, or the text of a CommonJS script. */
export type ThreadSource = URL | string;

/** `data`: what the thread finds in `workerData`. */
export function startThread(source: ThreadSource, data: object): Worker {
  const workerData = { ...data, siltPlaces: nativePlaces() } satisfies Placed;
  // Options on the command line are for the script of the process: --input-type would end a thread at its start.
  return new Worker(source, { execArgv: [], workerData, eval: typeof source === 'string' });
}

/** What ended a thread before it ran, with the likely reason where one of its files is missing. */
export function startFailure(cause: unknown): Error {
  const error = cause instanceof Error ? cause : new Error(String(cause));
  if (!('code' in error) || !/MODULE_NOT_FOUND$/.test(String(error.code))) return error;
  return new Error(
    `${error.message} (worker file not found: is Silt bundled from its sources? Bundle the package as it is published, or mark "silt" as external: docs/PLATFORMS.md)`,
    { cause },
  );
}
