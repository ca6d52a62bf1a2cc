/* Files, for snapshots: written whole or not at all, read with every byte accounted for. */
import { randomBytes } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { crc32 } from 'node:zlib';

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
 * any failure the temporary file is removed and the old one stays.
 */
export async function writeAtomically(path: string, chunks: Iterable<Uint8Array>): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString('hex')}.tmp`);
  let file: FileHandle | undefined;
  try {
    file = await open(temporary, 'wx');
    for (const chunk of chunks) await file.writeFile(chunk);
    await file.sync();
    await file.close();
    file = undefined;
    await rename(temporary, path);
    await syncFolder(path);
  } catch (error) {
    await file?.close().catch(() => {});
    await rm(temporary, { force: true });
    throw error;
  }
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
