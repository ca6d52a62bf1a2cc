/*
 * Snapshot files. A snapshot of one collection is what `backupCollection` writes; a snapshot of all is a tar of what `backup` copies.
 * Files are written under a temporary name and renamed, so every listed snapshot is complete, even after a crash.
 *
 *   <folder>/collections/<collection>/<name>.snapshot    and <name>.snapshot.checksum, its SHA-256
 *   <folder>/all/<name>.snapshot                         likewise
 *
 * Temporary files of a process that was killed are removed when a folder is first used.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { packTar } from 'modern-tar/fs';
import type { Database } from '../../api/database.js';
import type { SnapshotDescription } from './api/service.js';
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
  readonly #swept = new Map<string, Promise<void>>();
  /** The folder of snapshots; undefined if there is none, as for a database in memory. */
  folder: string | undefined;
  /** Limits for a file that is uploaded or downloaded: its bytes, and milliseconds without progress. */
  mostBytes: number = 10 * 1024 ** 3;
  stallMs = 60_000;

  constructor(database: Database) {
    this.#database = database;
    this.folder = database.path === undefined ? undefined : join(database.path, 'qdrant-snapshots');
  }

  /** The folder for snapshots of a collection, or of all collections. */
  async #place(collection: string | undefined): Promise<string> {
    if (this.folder === undefined)
      throw unsupported('snapshots of a database in memory. Open one in a folder, or say where snapshots go');
    const place =
      collection === undefined
        ? join(this.folder, 'all')
        : join(this.folder, 'collections', folderName(collection));
    await mkdir(place, { recursive: true });
    let swept = this.#swept.get(place);
    if (!swept) this.#swept.set(place, (swept = sweep(place)));
    await swept;
    return place;
  }

  async list(collection?: string): Promise<SnapshotDescription[]> {
    if (this.folder === undefined) return [];
    const place = await this.#place(collection);
    const names = (await readdir(place)).filter((name) => NAME.test(name)).sort();
    return Promise.all(names.map((name) => described(place, name)));
  }

  /** Creates a snapshot of a collection, or of all. `note` is stored in the file. */
  async create(collection: string | undefined, note?: object): Promise<SnapshotDescription> {
    const place = await this.#place(collection);
    const time = new Date().toISOString().slice(0, 19).replace(/[T:]/g, '-');
    const of = collection?.replace(/[^\w-]+/g, '_').slice(0, 80) ?? 'full-snapshot';
    const name = `${/^\w/.test(of) ? of : `_${of}`}-${time}-${randomUUID().slice(0, 8)}${ENDING}`;
    const path = join(place, name);
    if (collection === undefined) await this.#writeAll(place, path);
    else await this.#database.backupCollection(collection, path, { note });
    const sum = join(place, `.${name}${CHECKSUM}.${randomUUID()}.tmp`);
    await pipeline([await sha256Of(path)], createWriteStream(sum, { flush: true }));
    await rename(sum, path + CHECKSUM);
    await syncFolder(place);
    return described(place, name);
  }

  async #writeAll(place: string, path: string): Promise<void> {
    if (this.#database.path === undefined) throw unsupported('snapshots of a database in memory');
    const copy = join(place, `.${randomUUID()}.tmp`);
    const archive = `${copy}.tar.tmp`;
    try {
      await this.#database.backup(copy);
      await pipeline(packTar(copy), createWriteStream(archive, { flush: true }));
      await rename(archive, path);
      await syncFolder(place);
    } finally {
      await rm(copy, { recursive: true, force: true });
      await rm(archive, { force: true });
    }
  }

  /** @throws QdrantError 404 */
  async find(collection: string | undefined, name: string): Promise<SnapshotFile> {
    if (this.folder === undefined || !NAME.test(name)) throw notFound(`Snapshot ${name.slice(0, 200)}`);
    const path = join(await this.#place(collection), name);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw notFound(`Snapshot ${name}`);
    return { path, name, bytes: found.size };
  }

  async delete(collection: string | undefined, name: string): Promise<void> {
    const { path } = await this.find(collection, name);
    await rm(path);
    await rm(path + CHECKSUM, { force: true });
    await syncFolder(await this.#place(collection));
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
    const folder = await realpath(await this.#place(undefined).then((place) => join(place, '..')));
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
        `Forbidden: Snapshot file path must be inside the snapshots directory ${folder}`,
      );
    return path;
  }

  /** Writes a stream to a temporary file, runs `use` with it, and removes it. @throws QdrantError 413 */
  async receive<T>(bytes: AsyncIterable<Uint8Array>, use: (file: Received) => Promise<T>): Promise<T> {
    const path = join(await this.#place(undefined), `.${randomUUID()}.tmp`);
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

async function sweep(place: string): Promise<void> {
  for (const name of await readdir(place))
    if (name.startsWith('.') && name.endsWith('.tmp'))
      await rm(join(place, name), { recursive: true, force: true });
}

async function described(place: string, name: string): Promise<SnapshotDescription> {
  const path = join(place, name);
  const { size, mtime } = await stat(path);
  const checksum = await readFile(path + CHECKSUM, 'utf8').catch(() => null);
  return { name, creation_time: mtime.toISOString().slice(0, 19), size, checksum };
}
