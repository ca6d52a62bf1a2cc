/*
 * Snapshot files. A snapshot of one collection is what `backupCollection` writes; a snapshot of all is a tar of what `backup` copies.
 * Files are written under a temporary name and renamed, the checksum first, so every listed snapshot is complete, even after a crash.
 *
 *   <folder>/collections/<collection>/<name>.snapshot    and <name>.snapshot.checksum, its SHA-256
 *   <folder>/all/<name>.snapshot                         likewise
 *
 * What a process left that was killed, temporary files and checksums of nothing, is removed by the next one that writes the database, when it
 * begins to use the folder: nothing of its own is under way there yet.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat, unlink } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import type { Database } from '../../api/database.js';
import type { SnapshotDescription } from './api/service.js';
import { pack } from './archive.js';
import { notFound, QdrantError, unsupported, wrongInput } from './errors.js';

const ENDING = '.snapshot';
const CHECKSUM = '.checksum';
/** No separators and no leading dot, so that a name cannot lead out of the folder. */
const NAME = /^\w[\w.-]{0,199}\.snapshot$/;

/** A file that was uploaded or downloaded. */
export interface Received {
  readonly path: string;
  readonly sha256: string;
}

/** A file to send. */
export interface SnapshotFile {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
}

const tooLargeFile = (most: number): QdrantError =>
  new QdrantError(
    413,
    `Bad request: the snapshot is larger than ${most} bytes. The limit uploadBytes of the server says how large one may be`,
  );

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const bytes of createReadStream(path, { highWaterMark: 1 << 20 })) hash.update(bytes as Buffer);
  return hash.digest('hex');
}

async function syncFolder(path: string): Promise<void> {
  // Windows cannot open a folder, so a rename cannot be flushed there.
  const folder = await open(path).catch(() => undefined);
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/** The folder name of a collection. The name itself may be too long, or contain dots and capitals. */
function folderName(collection: string): string {
  const encoded = encodeURIComponent(collection);
  return encoded.length <= 100
    ? `c-${encoded}`
    : `h-${createHash('sha256').update(collection).digest('hex')}`;
}

/** @throws QdrantError 400 if the checksum differs */
export function checkSum(actual: string, expected: string | null | undefined): void {
  if (expected && actual !== expected.toLowerCase())
    throw wrongInput(`Snapshot checksum mismatch: expected ${expected}, actual ${actual}`);
}

export class Snapshots {
  readonly #database: Database;
  /** Folders that were swept, by these or by others of the same database. */
  readonly #swept: Set<string>;
  #folder: string | undefined;
  /** Limits for a file that is uploaded or downloaded: its bytes, and milliseconds without progress. */
  mostBytes: number = 10 * 1024 ** 3;
  stallMs = 60_000;

  constructor(database: Database, swept: Set<string> = new Set()) {
    this.#database = database;
    this.#swept = swept;
  }

  /** Others of the same database, in a folder and with limits of their own. By default, the folder is the same. */
  async apart(
    { mostBytes, stallMs }: Pick<Snapshots, 'mostBytes' | 'stallMs'>,
    folder?: string,
  ): Promise<Snapshots> {
    const others = new Snapshots(this.#database, this.#swept);
    others.mostBytes = mostBytes;
    others.stallMs = stallMs;
    await others.use(folder);
    return others;
  }

  /** Where snapshots are: undefined if nowhere, as for a database in memory. */
  get folder(): string | undefined {
    return this.#folder;
  }

  /** Where they are from here on: by default, in the folder of the database. */
  async use(folder?: string): Promise<void> {
    const { path, readOnly } = this.#database;
    this.#folder = folder ?? (path === undefined ? undefined : join(path, 'qdrant-snapshots'));
    if (this.#folder === undefined || readOnly || this.#swept.has(this.#folder)) return;
    this.#swept.add(this.#folder);
    await sweep(this.#folder);
  }

  /** The folder for snapshots of a collection, or of all collections. */
  #placeOf(collection: string | undefined): string {
    if (this.#folder === undefined)
      throw unsupported(
        'recovery where there is no folder of snapshots: snapshotsPath names one. A database in a folder has its own',
      );
    return collection === undefined
      ? join(this.#folder, 'all')
      : join(this.#folder, 'collections', folderName(collection));
  }

  async #made(collection: string | undefined): Promise<string> {
    const place = this.#placeOf(collection);
    await mkdir(place, { recursive: true });
    return place;
  }

  async list(collection?: string): Promise<SnapshotDescription[]> {
    if (this.#folder === undefined) return [];
    const place = this.#placeOf(collection);
    const names = (await namesIn(place)).filter((name) => NAME.test(name)).sort();
    // One that is deleted meanwhile is left out.
    const found = await Promise.all(names.map((name) => described(place, name).catch(unlessMissing)));
    return found.filter((one) => one !== undefined);
  }

  /** Creates a snapshot of a collection, or of all. `note` is stored in the file. */
  async create(collection: string | undefined, note?: object): Promise<SnapshotDescription> {
    if (this.#database.path === undefined)
      throw unsupported('snapshots of a database in memory. Open one in a folder');
    const place = await this.#made(collection);
    const time = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-');
    const of = collection?.replace(/[^\w-]+/g, '_').slice(0, 80) ?? 'full-snapshot';
    const name = `${/^\w/.test(of) ? of : `_${of}`}-${time}-${randomUUID().slice(0, 8)}${ENDING}`;
    const path = join(place, name);
    const half = join(place, `.${name}.tmp`);
    const sum = `${half}${CHECKSUM}.tmp`;
    try {
      if (collection === undefined) await this.#writeAll(half);
      else await this.#database.backupCollection(collection, half, { note });
      await pipeline([await sha256Of(half)], createWriteStream(sum, { flush: true }));
      await rename(sum, path + CHECKSUM);
      await rename(half, path);
      await syncFolder(place);
    } catch (error) {
      for (const left of [half, sum, path + CHECKSUM]) await rm(left, { force: true }).catch(() => {});
      throw error;
    }
    return described(place, name);
  }

  async #writeAll(archive: string): Promise<void> {
    const copy = `${archive}.copy.tmp`;
    try {
      await this.#database.backup(copy);
      await pack(copy, archive);
    } finally {
      await rm(copy, { recursive: true, force: true });
    }
  }

  /** @throws QdrantError 404 */
  async find(collection: string | undefined, name: string): Promise<SnapshotFile> {
    if (this.#folder === undefined || !NAME.test(name)) throw notFound(`Snapshot ${name.slice(0, 200)}`);
    const path = join(this.#placeOf(collection), name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw notFound(`Snapshot ${name}`);
    return { path, name, bytes: found.size };
  }

  async delete(collection: string | undefined, name: string): Promise<void> {
    const { path } = await this.find(collection, name);
    await unlink(path).catch((error: unknown) => {
      unlessMissing(error); // another call was first
      throw notFound(`Snapshot ${name}`);
    });
    await rm(path + CHECKSUM, { force: true });
    await syncFolder(this.#placeOf(collection));
  }

  /**
   * Runs `use` with the file at a location, which is local or a URL to download from.
   *
   * @throws QdrantError 400, 403, 413
   */
  async at<T>(
    location: string,
    { api_key, checksum }: { readonly api_key?: string | null; readonly checksum?: string | null },
    use: (path: string) => Promise<T>,
  ): Promise<T> {
    const url = URL.canParse(location) ? new URL(location) : undefined;
    if (url?.protocol === 'file:') {
      const path = await this.#inside(url);
      if (checksum) checkSum(await sha256Of(path), checksum);
      return use(path);
    }
    if (!url || !['http:', 'https:'].includes(url.protocol))
      throw wrongInput(`the location must be a URL of file:, http: or https:, got ${location.slice(0, 200)}`);
    const silence = new AbortController();
    const end = (): void => silence.abort(new Error(`no byte came for ${this.stallMs} ms`));
    let timer = setTimeout(end, this.stallMs);
    const bytes = async function* (stallMs: number): AsyncGenerator<Uint8Array> {
      // The API key is for this address only: a redirect must not pass it on.
      const redirect = api_key ? ('error' as const) : ('follow' as const);
      const headers = api_key ? { 'api-key': api_key } : {};
      const response = await fetch(url, { headers, redirect, signal: silence.signal });
      if (!response.ok || !response.body)
        throw new Error(`the answer is ${response.status} ${response.statusText}`);
      for await (const chunk of response.body) {
        clearTimeout(timer);
        timer = setTimeout(end, stallMs);
        yield chunk as Uint8Array;
      }
    };
    try {
      return await this.receive(bytes(this.stallMs), async ({ path, sha256 }) => {
        clearTimeout(timer);
        checkSum(sha256, checksum);
        return use(path);
      });
    } catch (error) {
      if (error instanceof QdrantError || 'code' in (error as object)) throw error;
      const { message, cause } = error as Error;
      const why = cause instanceof Error ? `${message}: ${cause.message}` : message;
      throw wrongInput(`the snapshot could not be fetched from ${url.origin}: ${why}`, { cause: error });
    } finally {
      clearTimeout(timer);
    }
  }

  async #inside(url: URL): Promise<string> {
    const folder = await realpath(join(await this.#made(undefined), '..'));
    const own = this.#folder!;
    let given: string;
    try {
      given = fileURLToPath(url);
    } catch (cause) {
      throw wrongInput('Invalid snapshot URI, file path must be absolute or on localhost', { cause });
    }
    const path = await realpath(given).catch(() => undefined);
    // The error must not tell which other files exist.
    if (path === undefined && given.startsWith(folder + sep))
      throw wrongInput(`Snapshot file ${given.slice(0, 500)} does not exist`);
    if (path === undefined || !path.startsWith(folder + sep))
      throw new QdrantError(
        403,
        `Forbidden: Snapshot file path must be inside the snapshots directory ${own}`,
      );
    return join(own, path.slice(folder.length));
  }

  /** Writes a stream to a temporary file, runs `use` with it, and removes it. @throws QdrantError 413 */
  async receive<T>(bytes: AsyncIterable<Uint8Array>, use: (file: Received) => Promise<T>): Promise<T> {
    const path = join(await this.#made(undefined), `.${randomUUID()}.tmp`);
    const hash = createHash('sha256');
    let count = 0;
    try {
      const file = await open(path, 'wx');
      try {
        for await (const chunk of bytes) {
          count += chunk.length;
          if (count > this.mostBytes) throw tooLargeFile(this.mostBytes);
          hash.update(chunk);
          await file.writeFile(chunk);
        }
      } finally {
        await file.close();
      }
      return await use({ path, sha256: hash.digest('hex') });
    } finally {
      await rm(path, { force: true });
    }
  }
}

/** Throws any error but that nothing is there. */
function unlessMissing(error: unknown): undefined {
  if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
}

/** The names in a folder, none where it is not there. */
const namesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder).catch(unlessMissing)) ?? [];

/** Removes what is not of a whole snapshot. What cannot be removed stays: it is not listed. */
async function sweep(folder: string): Promise<void> {
  const each = (await namesIn(join(folder, 'collections')).catch(() => [])).map((name) =>
    join('collections', name),
  );
  for (const place of ['all', ...each].map((name) => join(folder, name))) {
    const names = new Set(await namesIn(place).catch(() => []));
    for (const name of names) {
      const isHalf = name.startsWith('.') && name.endsWith('.tmp');
      const isAlone = name.endsWith(ENDING + CHECKSUM) && !names.has(name.slice(0, -CHECKSUM.length));
      if (isHalf || isAlone) await rm(join(place, name), { recursive: true, force: true }).catch(() => {});
    }
  }
}

async function described(place: string, name: string): Promise<SnapshotDescription> {
  const path = join(place, name);
  const { size, mtime } = await stat(path);
  const checksum = await readFile(path + CHECKSUM, 'utf8').catch(() => null);
  return { name, creation_time: mtime.toISOString().slice(0, 19), size, checksum };
}
