/* Files, for snapshots: written whole or not at all, read with every byte accounted for. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';
import { SnapshotError } from '../../base/errors.js';
import { crashAt } from './crash.js';

/** What a write of a file comes to, one after another: where tests let it fail. */
export type FileOperation = 'open' | 'write' | 'sync' | 'close' | 'rename';

let fault: ((operation: FileOperation) => void) | undefined;

/** For tests: called before every operation; what it throws, the operation fails with. */
export function setFileFault(check: ((operation: FileOperation) => void) | undefined): void {
  fault = check;
}

/** Extends a CRC-32 over more bytes. */
export function checksum(bytes: Uint8Array, before: number): number {
  return crc32(bytes, before) >>> 0;
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(dirname(path)).catch(() => undefined); // Windows opens no folders
  await folder?.sync().catch(() => {});
  await folder?.close();
}

/**
 * Writes to a temporary name beside `path`, syncs, and renames: a reader sees the old file or the new one. On
 * any failure, and when `signal` aborts, the temporary file is removed and the old one stays.
 */
export async function writeAtomically(
  path: string,
  chunks: Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  let file: FileHandle | undefined;
  try {
    fault?.('open');
    file = await open(temporary, 'wx');
    for (const chunk of chunks) {
      signal?.throwIfAborted();
      fault?.('write');
      await file.writeFile(chunk);
      crashAt('snapshotBegun');
    }
    crashAt('snapshotWritten');
    fault?.('sync');
    await file.sync();
    fault?.('close');
    await file.close();
    file = undefined;
    crashAt('snapshotSynced');
    signal?.throwIfAborted();
    fault?.('rename');
    await rename(temporary, path);
    crashAt('snapshotRenamed');
    await syncFolder(path);
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Errors that are the file's own: reading it again will not help. */
const ITS_OWN = ['EIO', 'EISDIR', 'EACCES', 'EPERM'];

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/**
 * Moves a file that could not be used out of the way, for somebody to look at; not where it may be the system that
 * failed, or where its folder may not be written. Returns where it is now.
 */
export async function setAside(path: string, reason: unknown): Promise<string> {
  if (!(reason instanceof SnapshotError) && !ITS_OWN.includes(codeOf(reason))) return path;
  const aside = `${path}.damaged`;
  return rename(path, aside).then(
    () => aside,
    () => path,
  );
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Is the file not what it should be, or does the operating system not give it? */
export function isUnreadable(error: unknown): boolean {
  return error instanceof SnapshotError || (error as NodeJS.ErrnoException).syscall !== undefined;
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}

/** Removes what writers that were killed left behind. */
export async function sweepTemporaries(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (name.startsWith('.') && name.endsWith('.tmp')) await rm(join(folder, name), { force: true });
  }
}

export async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true });
}

/** Reads a file front to back. */
export interface Reader {
  readonly bytes: number;
  /** Fills `into`; returns how many bytes there were. */
  read(into: Uint8Array): Promise<number>;
}

export async function withReader<T>(path: string, use: (reader: Reader) => Promise<T>): Promise<T> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read = async (into: Uint8Array): Promise<number> => {
      let done = 0;
      while (done < into.length) {
        const { bytesRead } = await file.read(into, done, into.length - done);
        if (bytesRead === 0) break;
        done += bytesRead;
      }
      return done;
    };
    return await use({ bytes: size, read });
  } finally {
    await file.close();
  }
}
