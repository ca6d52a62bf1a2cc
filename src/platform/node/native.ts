/*
 * Packages of native code. No bundler can carry them along, and none is to try: they are loaded at run time, from where this
 * module is, which may be in a bundle; else from where the program is, or its working directory.
 */
import { isAbsolute, join } from 'node:path';
import { isMainThread, workerData } from 'node:worker_threads';

/** Not imported: webpack would look for packages itself where it sees it. */
const { createRequire } = process.getBuiltinModule('node:module');

/** Set by bundlers and engines that make CommonJS of this module. */
declare const __filename: string | undefined;

/** What a thread is told of where its package is: one that begins with a text does not know. */
export interface Placed {
  readonly siltPlaces?: readonly string[];
}

function told(): readonly string[] | undefined {
  return isMainThread ? undefined : (workerData as Placed | null)?.siltPlaces;
}

/** Where there is none, reading it throws; webpack says that it is a string all the same. */
function scriptName(): string | undefined {
  try {
    return __filename;
  } catch {
    return undefined;
  }
}

/** Files, or addresses of files, from which native packages are looked for, in this order. */
export function nativePlaces(): readonly string[] {
  const places = told();
  if (places) return places;
  return [import.meta.url, scriptName(), process.argv[1], join(process.cwd(), 'package.json')].filter(
    isPlace,
  );
}

function isPlace(place: string | undefined): place is string {
  return place !== undefined && (isAbsolute(place) || place.startsWith('file:'));
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'MODULE_NOT_FOUND';
}

/** What `load` finds with the first `require` that finds it; the error of the first where none does. */
function search<T>(load: (require: NodeJS.Require) => T): T {
  let first: unknown;
  for (const place of nativePlaces())
    try {
      return load(createRequire(place));
    } catch (error) {
      first ??= error;
      if (!isMissing(error)) throw error;
    }
  throw first;
}

export function requireNative(name: string): unknown {
  return search((require) => require(name) as unknown);
}
