/*
 * One opener at a time: who has a database folder holds `<folder>/lock/holder`, which the operating system lets
 * go of when its owner ends, however that is: a process, a thread, one of two copies of this package. It is taken
 * before LMDB is asked anything: LMDB shares one environment among the threads of a process, so that there would be
 * two writers; and it knows processes by their number, which is 1 in every container. The second one finds its place
 * in the table of readers locked by the first, and the lmdb package waits ten seconds for it, on the event loop.
 *
 * Linux: `holder` is a folder with one Unix-domain socket, which listens (`lock-socket.ts`). To connect is to know
 * that its owner lives; ECONNREFUSED, that it does not: the kernel closes a socket with its thread or process, and knows
 * it by its inode, from every PID, mount or network namespace. A candidate binds its socket in a folder of its own and
 * renames that to `holder`, which the kernel does only while `holder` is absent or empty: of many, one wins. What a
 * dead owner left is deleted by its own name, which is never used again, so that nobody deletes what lives.
 *   Not a lock file with a process number: numbers are reused, and mean another process in another namespace.
 *   Not fcntl locks: threads share them, and closing any handle of the file gives them up. Node has no flock.
 *
 * macOS, BSD, Windows: `holder` is a file that the kernel lets be open once (O_EXLOCK; no sharing). Not tested so far.
 *
 * Where neither can be made (a file system without sockets, a folder that may not be written, not a block left), the
 * record of `lock-record.ts` decides alone.
 */
import { closeSync, constants, openSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { DatabaseLockedError } from '../../base/errors.js';
import { systemCode } from './directory.js';
import { holderBySocket, lockBySocket } from './lock-socket.js';

const LOCK_FOLDER = 'lock';

/** libuv's flag for a file that may be open once; Linux has none. */
const EXCLUSIVE_OPEN: Readonly<Record<string, number>> = {
  darwin: 0x20,
  freebsd: 0x20,
  openbsd: 0x20,
  win32: 0x1000_0000,
};

/** System errors that say: this kind of lock cannot be had in this folder. */
const IMPOSSIBLE = new Set([
  'EPERM',
  'EACCES',
  'EROFS',
  'ENOSYS',
  'ENOTSUP',
  'EOPNOTSUPP',
  'EINVAL',
  'EADDRNOTAVAIL',
  'ENAMETOOLONG',
  'ENOTDIR',
  'EEXIST',
  'EXDEV',
  'EIO',
  'ENOSPC',
  'EDQUOT',
]);

async function lockByFile(path: string, folder: string, flag: number): Promise<() => Promise<void>> {
  await mkdir(folder, { recursive: true });
  const { O_RDWR, O_CREAT, O_NONBLOCK = 0 } = constants;
  const pidFile = join(folder, 'pid');
  let file: number;
  try {
    file = openSync(join(folder, 'holder'), O_RDWR | O_CREAT | O_NONBLOCK | flag, 0o666);
  } catch (error) {
    const code = systemCode(error);
    if (code !== 'EAGAIN' && code !== 'EBUSY') throw error;
    const pid = pidIn(pidFile);
    throw new DatabaseLockedError(path, pid, pid === process.pid);
  }
  try {
    writeFileSync(pidFile, String(process.pid));
  } catch {} // it is for the message alone
  return async () => closeSync(file);
}

function pidIn(file: string): number {
  try {
    return Number.parseInt(readFileSync(file, 'utf8'), 10) || 0;
  } catch {
    return 0;
  }
}

/**
 * Takes the lock of a folder, given by its real path; returns how to give it back. `undefined` where no such lock
 * can be had: then the record must do.
 *
 * @throws DatabaseLockedError while another opener has it
 */
export async function lockDirectory(path: string): Promise<(() => Promise<void>) | undefined> {
  const folder = join(path, LOCK_FOLDER);
  const flag = EXCLUSIVE_OPEN[process.platform];
  try {
    return await (flag === undefined ? lockBySocket(path, folder) : lockByFile(path, folder, flag));
  } catch (error) {
    if (error instanceof DatabaseLockedError || !IMPOSSIBLE.has(systemCode(error))) throw error;
    return undefined;
  }
}

/** The process that has a folder open for writing; null where none has; undefined where this system says it only to who takes the lock. */
export async function holderOf(path: string): Promise<number | null | undefined> {
  if (EXCLUSIVE_OPEN[process.platform] !== undefined) return undefined;
  const real = realpathSync(path);
  return holderBySocket(real, join(real, LOCK_FOLDER)).catch(() => undefined);
}
