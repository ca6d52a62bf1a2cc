/*
 * Who commits the transactions of a store, one at a time: the writing thread, or, where it is a few rows, this one.
 * The thread starts with the first commit that needs it: who reads, and writes a few rows now and then, needs none. A
 * writer that dies is replaced by the next commit.
 */
import { join } from 'node:path';
import type { Worker } from 'node:worker_threads';
import { StoreError } from '../../base/errors.js';
import type { Faults } from '../../platform/faults.js';
import { startFailure, startThread } from '../../platform/node/thread.js';
import type { Committed, Transaction } from '../store.js';
import { Committer, type Reading, type Refusal, type Reply } from './commit.js';
import { STORE_FOLDER } from './directory.js';
import { whyFull } from './room.js';
import type { Tables } from './tables.js';
import type { Message, Request, WriterData } from './writer.js';
import { WRITER } from './writer-source.js';
import { newWriterStart, watchStart } from './writer-start.js';

interface Waiting {
  resolve(reply: Reply): void;
  reject(error: unknown): void;
}

/** A write of so few rows and bytes is put together by this thread, which takes it no longer than a message does. */
const FEW_ROWS = 8;
const FEW_BYTES = 32_768;

function isSmall({ entries = [], records, purge, upgrade, mend }: Transaction): boolean {
  if (entries.length === 0 || records || purge !== undefined || upgrade || mend) return false;
  let rows = 0;
  let bytes = 0;
  for (const { count, ids, payloads, vectors, fields = [], rewritten = 0 } of entries) {
    rows += count;
    bytes += ids.length + payloads.length + vectors.byteLength + rewritten;
    for (const values of fields) bytes += values.bytes.length;
  }
  return rows <= FEW_ROWS && bytes <= FEW_BYTES;
}

export class Writing {
  readonly #path: string;
  readonly #faults: Faults;
  #writer: Worker | undefined;
  #started: Promise<void> = Promise.resolve();
  #waiting: Waiting | undefined;
  readonly #committer: Committer;
  /** Whether readers see all that is committed. */
  #current = true;
  /** The latest commit, as long as it is under way: the next one begins when it is over. */
  #last: Promise<void> | undefined;
  /** Why LMDB takes no more transactions. */
  #lost: { readonly error: unknown } | undefined;

  /** `get` reads by the readers' transaction. */
  constructor(path: string, tables: Tables, get: Reading['get'], faults: Faults) {
    this.#path = path;
    this.#faults = faults;
    this.#committer = new Committer(tables, { get, end: () => {}, isLost: () => false }, faults);
  }

  /** Starts the writer, and waits until it has opened the environment, or has failed to: then it can be ended at any moment. */
  async startNow(): Promise<void> {
    try {
      this.#writer ??= this.#startWriter();
    } catch {
      return; // no thread is to be had now: reading needs none, and the first commit tries again
    }
    const writer = this.#writer;
    writer.ref();
    await this.#started;
    if (!this.#waiting) writer.unref();
  }

  /** Whether LMDB takes no more transactions. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** Readers see all that is committed, from here to the next commit. */
  readersAreCurrent(): void {
    this.#current = this.#last === undefined;
  }

  async commit(transaction: Transaction): Promise<Committed> {
    const committed = this.#last
      ? this.#last.then(() => this.#commit(transaction))
      : this.#commit(transaction);
    const over = (): void => {
      if (this.#last === last) this.#last = undefined;
    };
    const last = committed.then(over, over);
    this.#last = last;
    return committed;
  }

  async #commit(transaction: Transaction): Promise<Committed> {
    if (this.#lost) throw this.#failure(this.#lost.error);
    const here = this.#current && isSmall(transaction);
    this.#current = false;
    const reply = await (here ? this.#commitHere(transaction) : this.#send(transaction));
    if ('committed' in reply) return reply.committed;
    throw this.#refused(reply);
  }

  /** Where that fails, the writer is asked for an empty transaction: this thread must not give up what it reads. */
  async #commitHere(transaction: Transaction): Promise<Reply> {
    const reply = await this.#committer.commit(transaction);
    if ('committed' in reply) return reply;
    try {
      const after = await this.#send({});
      return 'committed' in after ? reply : { ...reply, lost: after.lost };
    } catch {
      return reply; // the next commit will tell
    }
  }

  /** Has the writing thread commit. */
  #send(transaction: Transaction): Promise<Reply> {
    let writer: Worker;
    try {
      writer = this.#writer ??= this.#startWriter();
    } catch (error) {
      throw this.#failure(error, 'no thread could be started for a write to');
    }
    return new Promise((resolve, reject) => {
      writer.postMessage({ transaction } satisfies Request);
      writer.ref();
      this.#waiting = { resolve, reject };
    });
  }

  #startWriter(): Worker {
    const start = newWriterStart();
    const workerData: WriterData = {
      folder: join(this.#path, STORE_FOLDER),
      start,
      armed: this.#faults.armed,
    };
    const writer = startThread(WRITER, workerData);
    watchStart(writer, start);
    this.#started = new Promise((resolve) => {
      writer.once('message', () => resolve()); // that it is ready
      writer.once('exit', () => resolve());
    });
    let ready = false;
    writer.on('message', (message: Message) => {
      ready = true;
      this.#take(message);
    });
    let why: unknown = new Error('the writing thread ended');
    writer.on('error', (error) => {
      why = error;
    });
    // Not before: until a thread has ended, LMDB may be at work on its transaction.
    writer.on('exit', () => this.#lose(writer, why, ready));
    writer.unref(); // behind the listeners: one for messages keeps the process alive
    return writer;
  }

  #take(message: Message): void {
    if (message === 'ready') return;
    this.#writer?.unref();
    this.#waiting?.resolve(message);
    this.#waiting = undefined;
  }

  #refused({ error, lost }: Refusal): StoreError {
    if (lost) this.#lost ??= { error };
    return this.#failure(error);
  }

  /** `ready`: it ran, so that it may have begun with what it was given. */
  #lose(writer: Worker, error: unknown, ready: boolean): void {
    if (this.#writer !== writer) return;
    this.#writer = undefined; // the next commit starts another
    this.#waiting?.reject(
      ready
        ? this.#failure(
            error,
            'the writing thread was lost before it answered for',
            'the write may have been kept',
          )
        : this.#failure(startFailure(error), 'the writing thread could not be started for a write to'),
    );
    this.#waiting = undefined;
  }

  #failure(
    cause: unknown,
    what = 'the disk refused a write to',
    kept = 'the write was not kept',
  ): StoreError {
    const text = cause instanceof Error ? cause.message : String(cause);
    const full = whyFull(join(this.#path, STORE_FOLDER), text);
    const then = this.#lost ? '. No more writes are possible: close the database and open it again' : '';
    return full
      ? new StoreError('DISK_FULL', `${full} of ${this.#path}: ${kept}${then}`, cause)
      : new StoreError('STORE_FAILED', `${what} ${this.#path}: ${text}; ${kept}${then}`, cause);
  }

  async close(): Promise<void> {
    await this.#last;
    const writer = this.#writer;
    if (!writer) return;
    writer.ref();
    const ended = new Promise((resolve) => writer.once('exit', resolve));
    writer.postMessage('close' satisfies Request);
    await ended;
  }
}
