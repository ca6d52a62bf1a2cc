/*
 * The thread that writes an LMDB store: a message is a transaction, committed before the answer goes back.
 *
 * A thread of its own, because it takes as long to put a transaction together as LMDB takes to execute it.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { Armed } from '../../platform/faults.js';
import { arm, newFaults } from '../../platform/node/faults.js';
import { IDENTITY } from '../records.js';
import type { Transaction } from '../store.js';
import { Committer, type Reply } from './commit.js';
import { openTables, recordKey, type Table } from './tables.js';
import type { WriterStart } from './writer-start.js';

export interface WriterData {
  readonly folder: string;
  readonly start: WriterStart;
  /** Where the thread is to end: for tests. */
  readonly armed: Armed | undefined;
}

/** What a message brings: a transaction, or the wish to end. */
export type Request = { readonly transaction: Transaction } | 'close';
export type Message = Reply | 'ready';

const port = parentPort;
if (!port) throw new Error('lmdb-writer-node runs in a worker thread only');
const { folder, armed } = workerData as WriterData;
const faults = newFaults();
arm(faults, armed);
const tables = openTables(folder);
const { env, records } = tables;
const reading = {
  get: (table: Table, key: Buffer) => table.getBinary(key),
  end: () => env.resetReadTxn(),
  isLost,
};
const committer = new Committer(tables, reading, faults);

/** A reading transaction tells, without a lock that others may wait for. */
function isLost(): boolean {
  try {
    env.resetReadTxn();
    records.getBinary(recordKey(IDENTITY));
    return false;
  } catch {
    return true;
  }
}

async function answer(transaction: Transaction): Promise<void> {
  port!.postMessage((await committer.commit(transaction)) satisfies Message);
}

/** Ends the thread, whatever LMDB says. */
async function close(): Promise<void> {
  try {
    await env.close();
  } catch {
  } finally {
    if (typeof port!.close === 'function') port!.close();
    else process.exit(); // Deno's port cannot be closed
  }
}

// The store sends the next one when it has the answer.
port.on('message', (request: Request) => {
  void (request === 'close' ? close() : answer(request.transaction));
});
port.postMessage('ready' satisfies Message);
