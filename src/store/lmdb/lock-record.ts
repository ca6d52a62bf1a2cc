/*
 * The second lock of a database folder: a record of the store with the number of the process, taken in a
 * transaction, of which LMDB lets one run at a time. It decides alone where `lock.ts` can make no lock, and keeps
 * out what shares the folder by a file system that sockets do not cross.
 *
 * Whether the holder lives, LMDB knows: a process that reads has a place in its table of readers, and the operating
 * system lets go of that when it ends, however it ends. So a holder reads before it takes the record, and as long as
 * it has it; and a process number that was given anew does not deceive us. LMDB drops the table when the first opener
 * comes, so that a reader of our own number is another thread of this process, or a process of another namespace. That
 * is asked by those that have the socket too: who could make none holds the folder by the record alone.
 */
import { DatabaseLockedError } from '../../base/errors.js';
import { LOCK } from '../records.js';
import { parseRecord, type Readers, recordKey, recordValue, type Tables } from './tables.js';
import { type Update, updateRecord } from './update.js';

/** Numbers of processes that read, and for each its threads. */
function liveReaders(readers: Readers): Map<number, Set<string>> {
  readers.readerCheck();
  const live = new Map<number, Set<string>>();
  for (const [, number, thread] of readers.readerList().matchAll(/^\s*(\d+)\s+(\S+)/gm)) {
    const pid = Number(number);
    live.set(pid, (live.get(pid) ?? new Set()).add(thread!));
  }
  return live;
}

export function hasReaderOfThisProcess(readers: Readers): boolean {
  return liveReaders(readers).has(process.pid);
}

function holderIn(value: Buffer | undefined): number | undefined {
  return parseRecord<{ pid: number }>(recordKey(LOCK), value)?.pid;
}

/**
 * Before this process reads: with its number taken in the table of readers, the lmdb package would wait for ten seconds.
 *
 * @throws DatabaseLockedError while a reader has our own number
 */
export function expectNoTwin(readers: Readers, path: string): void {
  if (hasReaderOfThisProcess(readers)) throw new DatabaseLockedError(path, process.pid, true);
}

/**
 * Takes the record. A reading transaction must be open.
 *
 * @throws DatabaseLockedError while another process, or another thread of this one, has it
 */
export function takeRecord(tables: Tables, path: string): void {
  updateRecord(tables, LOCK, (value): Update => {
    const holder = holderIn(value);
    const threads = holder === undefined ? undefined : liveReaders(tables.env).get(holder);
    // Two threads may have looked for one another (`expectNoTwin`) before either read.
    const own = holder === process.pid ? 1 : 0;
    if (holder !== undefined && threads && threads.size > own)
      throw new DatabaseLockedError(path, holder, holder === process.pid);
    return recordValue({ pid: process.pid });
  });
}

/** Gives the record back, if this process still has it. */
export function releaseRecord(tables: Tables): void {
  updateRecord(tables, LOCK, (value) => (holderIn(value) === process.pid ? 'removed' : 'kept'));
}
