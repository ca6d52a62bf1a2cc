/* Files of the system. */
import { type FileHandle, mkdir, open, readdir, rename, rm } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { cannotSync, type Files, type OpenFile, type OpenMode } from '../files.js';

const FLAGS: Readonly<Record<OpenMode, string>> = { read: 'r', create: 'wx', update: 'a+' };

class NodeFile implements OpenFile {
  readonly #handle: FileHandle;

  constructor(handle: FileHandle) {
    this.#handle = handle;
  }

  async size(): Promise<number> {
    return (await this.#handle.stat()).size;
  }

  async read(into: Uint8Array, at: number): Promise<number> {
    return (await this.#handle.read(into, 0, into.length, at)).bytesRead;
  }

  append(bytes: Uint8Array): Promise<void> {
    return this.#handle.writeFile(bytes);
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes);
  }

  sync(): Promise<void> {
    return this.#handle.sync();
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

export const nodeFiles: Files = {
  open: async (path, mode) => new NodeFile(await open(path, FLAGS[mode])),
  rename,
  remove: (path) => rm(path, { force: true }),
  list: (folder) => readdir(folder),
  makeFolder: async (path) => {
    await mkdir(path, { recursive: true });
  },
  syncFolder: async (path) => {
    try {
      const folder = await open(path);
      await folder.sync().finally(() => folder.close());
    } catch (error) {
      if (!cannotSync(error)) throw error;
    }
  },
  absolute: (path) => resolve(path),
  split: (path) => [dirname(path), basename(path)],
  pathOfUrl: (url) => fileURLToPath(url),
  checksum: (bytes, before) => crc32(bytes, before) >>> 0,
};
