/* Files that are written whole or not at all, and read with every byte accounted for. */
import { SnapshotError } from '../base/errors.js';
import type { Faults } from './faults.js';
import type { Time } from './time.js';

/** A file that is open. Reading and writing go on where the last call ended. */
export interface OpenFile {
  /** Bytes of the file. */
  size(): Promise<number>;
  /** Reads up to `into.length` bytes from the offset `at`; returns how many there were. */
  read(into: Uint8Array, at: number): Promise<number>;
  /** Writes behind what was written before. */
  append(bytes: Uint8Array): Promise<void>;
  /** Cuts the file. */
  truncate(bytes: number): Promise<void>;
  /** What was written is on the disk when this resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** `create`: a new file, where there is none. `update`: one to read and to append to, made where there is none. */
export type OpenMode = 'read' | 'create' | 'update';

/** Paths are those of the platform, with `/` between their parts. What fails, rejects with an error with a `code`. */
export interface Files {
  open(path: string, mode: OpenMode): Promise<OpenFile>;
  rename(from: string, to: string): Promise<void>;
  /** Does nothing where there is none. */
  remove(path: string): Promise<void>;
  /** Names in a folder. */
  list(folder: string): Promise<string[]>;
  makeFolder(path: string): Promise<void>;
  /** Names that came or went are on the disk when this resolves, where the system can do that: see `cannotSync`. */
  syncFolder(folder: string): Promise<void>;
  /** The path as it is from here: whoever changes the working directory later does not change what it names. */
  absolute(path: string): string;
  /** The folder of a path, and the name in it. */
  split(path: string): readonly [folder: string, name: string];
  /** @throws an error for a URL of file: that names no path, as one of another host */
  pathOfUrl(url: URL): string;
  /** Extends a CRC-32 over more bytes. */
  checksum(bytes: Uint8Array, before: number): number;
}

/** What writing a file takes. */
export interface FileWriting {
  readonly files: Files;
  readonly time: Pick<Time, 'breathe'>;
  readonly faults: Faults;
  readonly uuid: () => string;
}

/** Pieces are gathered until there are so many bytes: each write costs a hop to another thread. */
const TOGETHER = 1 << 18;

/** Others have their turn when so many bytes were made. */
const TURN_BYTES = 1 << 14;

/** Pieces that follow one another, written a good many at a time. */
class Gathered {
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  /** Copies: who made a piece may use its memory again. */
  #pieces: Uint8Array[] = [];
  #bytes = 0;

  constructor(write: (bytes: Uint8Array) => Promise<void>) {
    this.#write = write;
  }

  async add(piece: Uint8Array): Promise<void> {
    if (this.#bytes + piece.length > TOGETHER) await this.flush();
    if (piece.length > TOGETHER) return this.#write(piece);
    this.#pieces.push(piece.slice());
    this.#bytes += piece.length;
  }

  async flush(): Promise<void> {
    if (this.#bytes === 0) return;
    const all = new Uint8Array(this.#bytes);
    let at = 0;
    for (const piece of this.#pieces) {
      all.set(piece, at);
      at += piece.length;
    }
    this.#pieces = [];
    this.#bytes = 0;
    await this.#write(all);
  }
}

/**
 * Writes to a temporary name beside `path`, syncs, and renames: a reader sees the old file or the new one. On
 * any failure, and when `signal` aborts, the temporary file is removed and the old one stays. Chunks are made in turns that
 * others have their share of.
 */
export async function writeAtomically(
  { files, time, faults, uuid }: FileWriting,
  path: string,
  chunks: Iterable<Uint8Array>,
  signal?: AbortSignal,
): Promise<void> {
  const [folder, name] = files.split(path);
  const temporary = `${folder}/.${name}.${uuid()}.tmp`;
  let file: OpenFile | undefined;
  try {
    faults.file?.('open');
    file = await files.open(temporary, 'create');
    const opened = file;
    const gathered = new Gathered(async (bytes) => {
      faults.file?.('write');
      await opened.append(bytes);
      faults.crash?.('snapshotBegun');
    });
    let made = 0;
    for (const chunk of chunks) {
      made += chunk.length;
      await gathered.add(chunk);
      if (made >= TURN_BYTES) {
        made = 0;
        await time.breathe();
      }
      signal?.throwIfAborted();
    }
    await gathered.flush();
    faults.crash?.('snapshotWritten');
    faults.file?.('sync');
    await file.sync();
    faults.file?.('close');
    await file.close();
    file = undefined;
    faults.crash?.('snapshotSynced');
    signal?.throwIfAborted();
    faults.file?.('rename');
    await files.rename(temporary, path);
    faults.crash?.('snapshotRenamed');
    faults.file?.('syncFolder');
    await files.syncFolder(folder);
  } catch (error) {
    await file?.close().catch(() => {});
    await files.remove(temporary).catch(() => {}); // swept at an opening; what came first is what is told
    throw error;
  }
}

/** What systems and file systems say whose folders cannot be opened, or synced: Windows has EPERM, EISDIR or EACCES. */
const NO_SYNC = new Set(['EACCES', 'EPERM', 'EISDIR', 'EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Whether a folder was not synced because folders cannot be: nothing more can be done there. Else the disk has failed. */
export function cannotSync(error: unknown): boolean {
  return NO_SYNC.has(codeOf(error));
}

/** Errors that are the file's own: reading it again will not help. */
const ITS_OWN = ['EIO', 'EISDIR', 'EACCES', 'EPERM'];

function codeOf(error: unknown): string {
  return (error as { readonly code?: string }).code ?? '';
}

/** Where a file is that was moved out of the way. */
export function asidePath(path: string): string {
  return `${path}.damaged`;
}

/**
 * Moves a file that could not be used out of the way, for somebody to look at; not where it may be the system that
 * failed, or where its folder may not be written. Returns where it is now.
 */
export async function setAside(files: Files, path: string, reason: unknown): Promise<string> {
  if (!(reason instanceof SnapshotError) && !ITS_OWN.includes(codeOf(reason))) return path;
  const aside = asidePath(path);
  return files.rename(path, aside).then(
    () => aside,
    () => path,
  );
}

export function isMissing(error: unknown): boolean {
  return codeOf(error) === 'ENOENT';
}

/** Is the file not what it should be, or does the operating system not give it? */
export function isUnreadable(error: unknown): boolean {
  return error instanceof SnapshotError || (error as { readonly syscall?: string }).syscall !== undefined;
}

/** Removes what writers that were killed left behind. */
export async function sweepTemporaries(files: Files, folder: string): Promise<void> {
  for (const name of await files.list(folder))
    if (name.startsWith('.') && name.endsWith('.tmp')) await files.remove(`${folder}/${name}`);
}

/** Reads a file front to back. */
export interface Reader {
  readonly bytes: number;
  /** Fills `into`; returns how many bytes there were. */
  read(into: Uint8Array): Promise<number>;
}

export async function withReader<T>(
  files: Files,
  path: string,
  use: (reader: Reader) => Promise<T>,
): Promise<T> {
  const file = await files.open(path, 'read');
  try {
    let at = 0;
    const read = async (into: Uint8Array): Promise<number> => {
      let done = 0;
      while (done < into.length) {
        const bytes = await file.read(done === 0 ? into : into.subarray(done), at);
        if (bytes === 0) break;
        done += bytes;
        at += bytes;
      }
      return done;
    };
    return await use({ bytes: await file.size(), read });
  } finally {
    await file.close();
  }
}
