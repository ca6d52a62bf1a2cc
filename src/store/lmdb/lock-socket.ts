/*
 * The lock of a database folder where the system has Unix-domain sockets: see `lock.ts` for why it holds.
 *
 *   <folder>/lock/holder/<pid>-<hex>        the socket of the owner
 *   <folder>/lock/<pid>-<hex>/<pid>-<hex>   that of a candidate
 *
 * Shared state is these folders alone. Who renames its folder to `holder` owns the folder, until it deletes its
 * socket from it or ends; nobody else deletes a socket that listens.
 */
import { randomBytes } from 'node:crypto';
import {
  chmodSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { connect, createServer, type Server } from 'node:net';
import { join } from 'node:path';
import { DatabaseLockedError } from '../../base/errors.js';
import { systemCode } from './directory.js';

const HOLDER = 'holder';

/** Longest path that the address of a socket has room for, in bytes; 103 on macOS. */
const ADDRESS_BYTES_MAX = 103;

/** So often, others may win and end, or take the folder of a candidate, before one gives up. */
const TRIES = 1_000;

/** A folder is renamed to `holder`: another one stands there, or the winner has deleted it. */
const BEATEN = new Set(['ENOTEMPTY', 'EEXIST', 'ENOENT']);

interface Candidate {
  /** Of its folder, and of the socket in it. */
  readonly name: string;
  readonly server: Server;
}

/** 'held' while somebody listens there, 'dead' when its owner is gone for good, 'gone' when the socket is. */
function ask(address: string): Promise<'held' | 'dead' | 'gone'> {
  return new Promise((resolve, reject) => {
    const socket = connect(address);
    socket.once('connect', () => {
      socket.destroy();
      resolve('held');
    });
    socket.once('error', (error) => {
      const code = systemCode(error);
      if (code === 'ECONNREFUSED' || code === 'ENOTSOCK') resolve('dead');
      else if (code === 'ENOENT') resolve('gone');
      else if (code === 'EAGAIN')
        resolve('held'); // so many have asked that its queue is full
      else reject(error);
    });
  });
}

function listen(address: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', reject);
    // Exclusive: a process of node:cluster would have its primary process listen.
    server.listen({ path: address, exclusive: true }, () => {
      server.off('error', reject);
      server.on('error', () => {}); // a connection that could not be accepted: it was told 'held' all the same
      server.unref();
      resolve(server);
    });
  });
}

class Lock {
  readonly #path: string;
  readonly #folder: string;
  /** An open handle of the folder. */
  readonly #handle: number;

  constructor(path: string, folder: string, handle: number) {
    this.#path = path;
    this.#folder = folder;
    this.#handle = handle;
  }

  #at(...names: string[]): string {
    return join(this.#folder, ...names);
  }

  /** Of a socket: by way of the open folder where its path is too long for an address. */
  #address(...names: string[]): string {
    const path = this.#at(...names);
    return Buffer.byteLength(path) <= ADDRESS_BYTES_MAX
      ? path
      : join(`/proc/self/fd/${this.#handle}`, ...names);
  }

  #remove(...names: string[]): void {
    rmSync(this.#at(...names), { recursive: true, force: true });
  }

  /** The process that has it; null where none has. Nothing is taken or deleted. */
  async holder(): Promise<number | null> {
    const names = existsSync(this.#at(HOLDER)) ? readdirSync(this.#at(HOLDER)) : [];
    for (const name of names)
      if ((await ask(this.#address(HOLDER, name))) === 'held') return Number.parseInt(name, 10) || 0;
    return null;
  }

  /** Deletes what dead owners left. @throws DatabaseLockedError while one lives */
  async #expectFree(): Promise<void> {
    if (!existsSync(this.#at(HOLDER))) return;
    for (const name of readdirSync(this.#at(HOLDER))) {
      const answer = await ask(this.#address(HOLDER, name));
      const pid = Number.parseInt(name, 10) || 0;
      if (answer === 'held') throw new DatabaseLockedError(this.#path, pid, pid === process.pid);
      this.#remove(HOLDER, name); // 'gone' too: what stays is no socket, as a symbolic link to nothing
    }
  }

  /** True if the candidate owns the folder now. */
  #wins({ name }: Candidate): boolean {
    try {
      renameSync(this.#at(name), this.#at(HOLDER));
    } catch (error) {
      if (BEATEN.has(systemCode(error))) return false;
      throw error;
    }
    return existsSync(this.#at(HOLDER, name)); // the socket may have been deleted before the folder was renamed
  }

  /** Deletes the folders of all other candidates: they have lost, or were killed. */
  #sweep(): void {
    for (const name of readdirSync(this.#folder)) {
      try {
        if (name !== HOLDER) this.#remove(name);
      } catch {} // of another user: it is in nobody's way
    }
  }

  /** Undefined where another candidate won, or deleted the folder of this one. */
  async #tryOnce(): Promise<Candidate | undefined> {
    const name = `${process.pid}-${randomBytes(8).toString('hex')}`;
    mkdirSync(this.#at(name));
    let server: Server | undefined;
    try {
      server = await listen(this.#address(name, name));
      // Whoever may open the folder may ask, another user of the same group too.
      chmodSync(this.#at(name, name), 0o666);
      if (this.#wins({ name, server })) {
        this.#sweep();
        return { name, server };
      }
    } catch (error) {
      // The winner deletes the socket, then its folder. (To listen where that is gone is EACCES, by libuv.)
      const hasWinner = systemCode(error) === 'ENOENT' && existsSync(this.#at(HOLDER));
      if (!hasWinner && existsSync(this.#at(name))) {
        this.#remove(name);
        server?.close();
        throw error;
      }
    }
    server?.close();
    this.#remove(name);
    return undefined;
  }

  /** @throws DatabaseLockedError */
  async take(): Promise<Candidate> {
    for (let tries = 0; tries < TRIES; tries++) {
      await this.#expectFree();
      const candidate = await this.#tryOnce();
      if (candidate) return candidate;
    }
    throw new DatabaseLockedError(this.#path, 0);
  }
}

/**
 * Takes the lock; returns how to give it back.
 *
 * @throws DatabaseLockedError while another opener has it
 * @throws a system error where no socket can be made, and no living owner was found
 */
export async function lockBySocket(path: string, folder: string): Promise<() => Promise<void>> {
  mkdirSync(folder, { recursive: true });
  const handle = openSync(folder, 'r');
  try {
    const { name, server } = await new Lock(path, folder, handle).take();
    return async () => {
      try {
        rmSync(join(folder, HOLDER, name), { force: true });
      } catch {} // it refuses connections from now on
      await new Promise((resolve) => server.close(resolve));
    };
  } finally {
    closeSync(handle);
  }
}

/** The process that has the lock; null where none has. @throws a system error where the folder cannot be read */
export async function holderBySocket(path: string, folder: string): Promise<number | null> {
  if (!existsSync(folder)) return null;
  const handle = openSync(folder, 'r');
  try {
    return await new Lock(path, folder, handle).holder();
  } finally {
    closeSync(handle);
  }
}
