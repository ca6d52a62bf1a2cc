/* A folder as one file: tar, as snapshots of all collections are. */
import { createWriteStream } from 'node:fs';
import type { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { packTar, unpackTar } from 'modern-tar/fs';

/** Writes the archive of a folder, through to the disk. */
export function pack(folder: string, archive: string): Promise<void> {
  return pipeline(packTar(folder), createWriteStream(archive, { flush: true }));
}

/** Takes the bytes of an archive, and makes its folder. */
export function unpacking(folder: string): Writable {
  return unpackTar(folder);
}
