/*
 * The thread that writes an LMDB store: a message is a transaction, committed before the answer goes back.
 *
 * A thread of its own, because a commit waits for the disk; and synchronous, because then a commit that fails is
 * an exception in one place, and nothing of it is left.
 */
import { parentPort, workerData } from 'node:worker_threads';
import type { TransactionFlags } from 'lmdb';
import { crashAt } from '../base/crash-node.js';
import { checksum } from './crc32c-node.js';
import { firstKey, newRowKey, rowKey, rowValue, storedId } from './lmdb-keys.js';
import {
  countsKey,
  openTables,
  parseRecord,
  recordKey,
  recordValue,
  type Table,
} from './lmdb-tables-node.js';
import { RowCodec, rowBytes } from './row.js';
import {
  type Chunk,
  type Committed,
  type Counts,
  PURGE_ROWS,
  partOf,
  type Transaction,
  vectorAt,
} from './store.js';
import { upgradeRows } from './upgrade-node.js';

/** What a message brings: a transaction, or the wish to end. */
export type Request = { readonly transaction: Transaction } | 'close';
export type Reply = { readonly committed: Committed } | { readonly error: unknown } | 'closed' | 'ready';

const port = parentPort;
if (!port) throw new Error('lmdb-writer-node runs in a worker thread only');
const tables = openTables(workerData as string);
const { env, records, ids, rows } = tables;

/*
 * LMDB's flags of a transaction. Abortable, committed and flushed on return; and the same with the page that makes
 * it the latest left to the system (MDB_NOMETASYNC): a loss of power may undo it, and never harms what was before.
 */
const FLUSHED = 3 as TransactionFlags;
const COMMITTED = 0x40003 as TransactionFlags;

// LMDB copies keys and values as they are put, so that one buffer serves all.
const row = newRowKey(0, 0);
const rowNumber = Buffer.alloc(8);
let value = Buffer.alloc(4096);

const codec = new RowCodec(checksum);
codec.oldRows = true; // it reads those that it upgrades

function rowValueOf(
  collection: number,
  number: number,
  id: Uint8Array,
  payload: Uint8Array,
  vector: Uint8Array,
): Buffer {
  const bytes = rowBytes(id, payload, vector);
  if (bytes > value.length) value = Buffer.alloc(2 * bytes);
  return codec.write(value, collection, number, id, payload, vector);
}

function bytesOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

function removeRow(collection: number, number: number): void {
  rowKey(row, collection, number);
  rows.removeSync(row);
}

function applyChunk(chunk: Chunk): Float64Array {
  const { kind, collection, first, count } = chunk;
  const previous = new Float64Array(count);
  const key = countsKey(collection);
  const counts = parseRecord<Counts>(records.getBinary(key)) ?? { seq: 0, points: 0 };
  let live = counts.points;
  for (let i = 0; i < count; i++) {
    const id = partOf(chunk.ids, chunk.idEnds, i);
    const idKey = storedId(collection, id);
    const before = ids.getBinary(idKey)?.readDoubleLE(0) ?? 0;
    if (chunk.expected && before !== chunk.expected[i]) continue; // written again meanwhile
    previous[i] = before;
    if (before !== 0) {
      removeRow(collection, before);
      live--;
    }
    if (kind === 'remove') {
      if (before !== 0) ids.removeSync(idKey);
      continue;
    }
    live++;
    rowKey(row, collection, first + i);
    ids.putSync(idKey, rowValue(rowNumber, first + i));
    rows.putSync(
      row,
      rowValueOf(
        collection,
        first + i,
        id,
        partOf(chunk.payloads, chunk.payloadEnds, i),
        bytesOf(vectorAt(chunk, i)),
      ),
    );
  }
  records.putSync(key, recordValue({ seq: first + count - 1, points: live }));
  return previous;
}

/** Takes away rows of a collection, whatever table they are in. */
function purge(collection: number): number {
  let left = PURGE_ROWS;
  for (const table of [ids, rows]) {
    const range = { start: firstKey(collection), end: firstKey(collection + 1), limit: left };
    const keys = [...table.getKeys(range)].map((key) => Buffer.from(key));
    for (const key of keys) table.removeSync(key);
    left -= keys.length;
  }
  if (left > 0) records.removeSync(countsKey(collection));
  return PURGE_ROWS - left;
}

const direct = {
  put: (table: Table, key: Buffer, value: Buffer): void => void table.putSync(key, value),
  remove: (table: Table, key: Buffer): void => void table.removeSync(key),
};

function apply({ chunks = [], records: changes = [], purge: dropped, upgrade }: Transaction): Committed {
  const previous = chunks.map(applyChunk);
  for (const [key, value] of changes) {
    if (value === undefined) records.removeSync(recordKey(key));
    else records.putSync(recordKey(key), recordValue(value));
  }
  if (upgrade) upgradeRows(tables, codec, direct);
  return { previous, purged: dropped === undefined ? 0 : purge(dropped) };
}

function commit(transaction: Transaction): Reply {
  try {
    crashAt('transaction');
    const action = (): Committed => {
      const done = apply(transaction);
      crashAt('written');
      return done;
    };
    const committed = env.transactionSync(action, transaction.flush === false ? COMMITTED : FLUSHED);
    crashAt('committed');
    return { committed };
  } catch (error) {
    return { error };
  }
}

port.on('message', async (request: Request) => {
  if (request === 'close') {
    await env.close();
    port.postMessage('closed' satisfies Reply);
    port.close();
  } else port.postMessage(commit(request.transaction));
});
port.postMessage('ready' satisfies Reply);
