/*
 * One record of the store is read, and put or removed in a transaction of this thread: who has the folder, and what
 * a new store is. Everything else is written by `Committer`s.
 *
 * No JavaScript is run while LMDB's lock of writers is held (see tables.ts): the record is read before, and
 * the transaction begins, compares one number and commits. That number is of the last transaction that was committed:
 * if another process has committed one since the record was read, nothing is written, and the record is read again.
 * `env.info()` tells of a commit before readers see it, while its writer still has the lock; so that is waited for, or a
 * record which another opener is just taking would be read as it was before, and taken as well.
 */
import { Batch } from './batch.js';
import { recordKey, type Tables, tableNumber } from './tables.js';

/** So often, others may commit in between. */
const TRIES = 1_000;

/** What becomes of a record. */
export type Update = Buffer | 'kept' | 'removed';

/** `decide` gets the bytes of the record, undefined where there is none; what it throws changes nothing. */
export function updateRecord(
  { env, environment, records }: Tables,
  name: string,
  decide: (value: Buffer | undefined) => Update,
): void {
  const key = recordKey(name);
  const table = tableNumber(records);
  const batch = new Batch(environment);
  for (let tries = 0; tries < TRIES; tries++) {
    const { lastTxnId } = environment.info();
    batch.awaitCommit();
    env.resetReadTxn();
    const update = decide(records.getBinary(key));
    if (update === 'kept') return;
    batch.clear();
    if (update === 'removed') batch.remove(table, key);
    else batch.put(table, key, update.length).set(update);
    if (batch.commitAfter(lastTxnId)) {
      env.resetReadTxn();
      return;
    }
  }
  throw new Error(`the record "${name}" could not be written: other processes write all the time`);
}
