/*
 * Transactions as entries of one file (entry.ts), and back. A commit begins with an entry of records of the log's own: how
 * many bytes of the file were synced before it, and what the commit does besides entries and records. All but its last
 * entry say that more of it follows.
 *
 * The file may end in what a loss of power left of writes that were not synced: some of their sectors, in any order. So it
 * ends, for its readers, before the first commit that is not whole. Where a commit behind that says that the place was
 * synced, it is no such rest: the file is damaged.
 */
import { type Entry, EntryCodec, EntryFault, type PointsEntry, type RecordChange } from '../entry.js';
import type { Transaction } from '../store.js';

/** Of the log itself; those of its users never begin so. */
const OWN = '\0';
const SYNCED = `${OWN}synced`;
const PURGE = `${OWN}purge`;
const PURGE_FIELD = `${OWN}purgeField`;

const codec = new EntryCodec();

/** The bytes of a transaction; `synced`: of the file, as far as it was synced by now. */
export function bytesOfCommit(
  { entries = [], records = [], purge, purgeField }: Transaction,
  synced: number,
): Uint8Array {
  const own: RecordChange[] = [[SYNCED, synced]];
  if (purge !== undefined) own.push([PURGE, purge]);
  if (purgeField !== undefined) own.push([PURGE_FIELD, purgeField]);
  const all: Entry[] = [{ kind: 'records', records: [...own, ...records] }, ...entries];
  const pieces = all.flatMap((entry, i) => codec.encode(entry, i < all.length - 1));
  const bytes = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

interface ReadCommit {
  readonly transaction: Transaction;
  readonly synced: number;
  readonly end: number;
}

/** @throws EntryFault where no whole commit begins there */
function readCommit(bytes: Uint8Array, at: number): ReadCommit {
  const first = codec.decode(bytes, at);
  if (first.entry.kind !== 'records' || first.entry.records[0]?.[0] !== SYNCED)
    throw new EntryFault('damaged', `no commit begins at byte ${at}`);
  const { records } = first.entry;
  const numberOf = (own: string): number | undefined =>
    records.find(([key]) => key === own)?.[1] as number | undefined;
  const [purge, purgeField] = [numberOf(PURGE), numberOf(PURGE_FIELD)];
  const entries: PointsEntry[] = [];
  let last = first;
  while (last.more) {
    last = codec.decode(bytes, last.end);
    if (last.entry.kind === 'records')
      throw new EntryFault('damaged', `the commit at byte ${at} has a second head`);
    entries.push(last.entry);
  }
  return {
    transaction: {
      entries,
      records: records.filter(([key]) => !key.startsWith(OWN)),
      ...(purge !== undefined && { purge }),
      ...(purgeField !== undefined && { purgeField }),
    },
    synced: records[0]![1] as number,
    end: last.end,
  };
}

/** Whether a commit behind `at` says that the file was synced beyond it. Commits begin at multiples of 8. */
function wasSynced(bytes: Uint8Array, at: number): boolean {
  for (let from = at + 8; from < bytes.length; from += 8) {
    try {
      if (readCommit(bytes, from).synced > at) return true;
    } catch (error) {
      if (!(error instanceof EntryFault)) throw error;
    }
  }
  return false;
}

/** The commits of a file, and where the last whole one ends. @throws EntryFault where it is damaged before that */
export function* commitsOf(bytes: Uint8Array): Generator<Transaction, number> {
  let at = 0;
  while (at < bytes.length) {
    let commit: ReadCommit;
    try {
      commit = readCommit(bytes, at);
    } catch (error) {
      if (!(error instanceof EntryFault)) throw error;
      if (error.kind === 'unknown' || wasSynced(bytes, at)) throw error;
      break;
    }
    yield commit.transaction;
    at = commit.end;
  }
  return at;
}
