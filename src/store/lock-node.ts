/*
 * One process at a time: the holder of a database directory is a record of the store, taken in a transaction,
 * which LMDB lets one process do at a time.
 *
 * Whether the holder lives, LMDB knows: a process that reads stands in its table of readers, and the operating
 * system lets go of its place there when it ends, however it ends. So a holder reads before it takes the lock,
 * and as long as it has it; and a process number that was given anew does not deceive us.
 */
import { realpathSync } from 'node:fs';
import { DatabaseLockedError } from '../base/errors.js';
import { parseRecord, recordKey, recordValue, type Tables } from './lmdb-tables-node.js';

const KEY = recordKey('lock');

/** Directories that this process has open. */
const held = new Set<string>();

function liveReaders({ env }: Tables): Set<number> {
  env.readerCheck();
  return new Set([...env.readerList().matchAll(/^\s*(\d+)\s/gm)].map(([, pid]) => Number(pid)));
}

/** Says that this process means to open `folder`. Before LMDB is asked: it would share its environment with us. */
export function claimFolder(folder: string): string {
  const path = realpathSync(folder);
  if (held.has(path)) throw new DatabaseLockedError(folder, process.pid);
  held.add(path);
  return path;
}

export function releaseFolder(path: string): void {
  held.delete(path);
}

/**
 * Takes the lock. A reading transaction must be open.
 *
 * @throws DatabaseLockedError while another process has it
 */
export function takeLock(tables: Tables, folder: string): void {
  tables.env.transactionSync(() => {
    const holder = parseRecord<{ pid: number }>(tables.records.getBinary(KEY))?.pid;
    if (holder !== undefined && holder !== process.pid && liveReaders(tables).has(holder))
      throw new DatabaseLockedError(folder, holder);
    tables.records.putSync(KEY, recordValue({ pid: process.pid }));
  });
}

/** Gives the lock back, if this process still has it. */
export function releaseLock(tables: Tables): void {
  tables.env.transactionSync(() => {
    const holder = parseRecord<{ pid: number }>(tables.records.getBinary(KEY))?.pid;
    if (holder === process.pid) tables.records.removeSync(KEY);
  });
}
