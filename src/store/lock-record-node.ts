/*
 * The second lock of a database directory: a record of the store with the number of the process, taken in a
 * transaction, of which LMDB lets one run at a time. It decides alone where `lock-node.ts` can make no lock, and keeps
 * out what shares the directory by a file system that sockets do not cross.
 *
 * Whether the holder lives, LMDB knows: a process that reads has a place in its table of readers, and the operating
 * system lets go of that when it ends, however it ends. So a holder reads before it takes the record, and as long as
 * it has it; and a process number that was given anew does not deceive us. LMDB drops the table when the first opener
 * comes, so that a reader of our own number is another thread of this process, or a process of another namespace.
 */
import { DatabaseLockedError } from '../base/errors.js';
import { parseRecord, type Readers, recordKey, recordValue, type Tables } from './lmdb-tables-node.js';

const KEY = recordKey('lock');

function liveReaders(readers: Readers): Set<number> {
  readers.readerCheck();
  return new Set([...readers.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) => Number(pid)));
}

function holderIn({ records }: Tables): number | undefined {
  return parseRecord<{ pid: number }>(KEY, records.getBinary(KEY))?.pid;
}

/**
 * Before this process reads: with its number taken in the table of readers, the lmdb package would wait for ten seconds.
 *
 * @throws DatabaseLockedError while a reader has our own number
 */
export function expectNoTwin(readers: Readers, path: string): void {
  if (liveReaders(readers).has(process.pid)) throw new DatabaseLockedError(path, process.pid);
}

/**
 * Takes the record. A reading transaction must be open.
 *
 * @throws DatabaseLockedError while another process has it
 */
export function takeRecord(tables: Tables, path: string): void {
  tables.env.transactionSync(() => {
    const holder = holderIn(tables);
    if (holder !== undefined && holder !== process.pid && liveReaders(tables.env).has(holder))
      throw new DatabaseLockedError(path, holder);
    tables.records.putSync(KEY, recordValue({ pid: process.pid }));
  });
}

/** Gives the record back, if this process still has it. */
export function releaseRecord(tables: Tables): void {
  tables.env.transactionSync(() => {
    if (holderIn(tables) === process.pid) tables.records.removeSync(KEY);
  });
}
