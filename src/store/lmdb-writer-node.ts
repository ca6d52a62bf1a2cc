/*
 * The thread that writes an LMDB store: a message is a transaction, committed before the answer goes back.
 *
 * A thread of its own, because it takes as long to put a transaction together as LMDB takes to execute it. What ids
 * named before is read here, as committed, since nobody else writes; then the transaction is handed over whole.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { crashAt } from '../base/crash-node.js';
import { checksum } from './crc32c-node.js';
import { LatestRows } from './latest-rows.js';
import { Batch } from './lmdb-batch-node.js';
import {
  COLLECTION_BYTES,
  firstKey,
  newRowKey,
  ROW_VALUE_BYTES,
  rowKey,
  rowOfValue,
  rowValue,
  storedId,
} from './lmdb-keys.js';
import {
  countsKey,
  openTables,
  parseRecord,
  recordKey,
  recordValue,
  type Table,
  tableNumber,
} from './lmdb-tables-node.js';
import { mendIds } from './mend-ids-node.js';
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
import type { WriterStart } from './writer-start-node.js';

export interface WriterData {
  readonly folder: string;
  readonly start: WriterStart;
}

/** What a message brings: a transaction, or the wish to end. */
export type Request = { readonly transaction: Transaction } | 'close';
export type Reply = { readonly committed: Committed } | Refusal | 'ready';

export interface Refusal {
  readonly error: unknown;
  /** The transaction is committed, and could not be brought to the disk. */
  readonly unflushed: boolean;
  /** LMDB takes no more transactions, of readers neither, until all of the process have closed the environment. */
  readonly lost: boolean;
}

const port = parentPort;
if (!port) throw new Error('lmdb-writer-node runs in a worker thread only');
const tables = openTables((workerData as WriterData).folder);
const { env, environment, records, ids, rows } = tables;
const batch = new Batch(environment);
const IDS = tableNumber(ids);
const ROWS = tableNumber(rows);

// Keys are copied as they are put, so that one buffer serves all.
const row = newRowKey(0, 0);

const codec = new RowCodec(checksum);
codec.oldRows = true; // it reads those that it upgrades

function put(table: Table, key: Buffer, value: Buffer): void {
  batch.put(tableNumber(table), key, value.length).set(value);
}

function remove(table: Table, key: Buffer): void {
  batch.remove(tableNumber(table), key);
}

function bytesOf(vector: Float32Array): Buffer {
  return Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength);
}

/** What the chunks of a transaction have made of ids and counts so far. LMDB tells it when it is committed. */
class SoFar {
  readonly ids: LatestRows;
  readonly counts = new Map<number, Counts>();

  constructor(chunks: readonly Chunk[]) {
    let count = 0;
    let bytes = 0;
    for (const chunk of chunks) {
      count += chunk.count;
      bytes += chunk.ids.length + chunk.count * COLLECTION_BYTES;
    }
    this.ids = new LatestRows(count, bytes);
  }
}

function applyChunk(chunk: Chunk, soFar: SoFar): Float64Array {
  const { kind, collection, first, count } = chunk;
  const previous = new Float64Array(count);
  const key = countsKey(collection);
  const counts = soFar.counts.get(collection) ??
    parseRecord<Counts>(key, records.getBinary(key)) ?? { seq: 0, points: 0 };
  let live = counts.points;
  for (let i = 0; i < count; i++) {
    const id = partOf(chunk.ids, chunk.idEnds, i);
    const idKey = storedId(collection, id);
    const place = soFar.ids.placeOf(idKey);
    const before = soFar.ids.rowAt(place) ?? rowOfValue(ids.getBinary(idKey));
    if (chunk.expected && before !== chunk.expected[i]) continue; // written again meanwhile
    previous[i] = before;
    if (before !== 0) {
      batch.remove(ROWS, rowKey(row, collection, before));
      live--;
    }
    if (kind === 'remove') {
      if (before !== 0) batch.remove(IDS, idKey);
      soFar.ids.setRow(place, 0);
      continue;
    }
    live++;
    soFar.ids.setRow(place, first + i);
    rowValue(batch.put(IDS, idKey, ROW_VALUE_BYTES), first + i);
    const payload = partOf(chunk.payloads, chunk.payloadEnds, i);
    const vector = bytesOf(vectorAt(chunk, i));
    const into = batch.put(ROWS, rowKey(row, collection, first + i), rowBytes(id, payload, vector));
    codec.write(into, collection, first + i, id, payload, vector);
  }
  const now = { seq: first + count - 1, points: live };
  soFar.counts.set(collection, now);
  put(records, key, recordValue(now));
  return previous;
}

/** Takes away rows of a collection, `most` at once, whatever table they are in: what takes most room first. */
function purge(collection: number, most: number): number {
  let left = most;
  for (const table of [rows, ids]) {
    const range = { start: firstKey(collection), end: firstKey(collection + 1), limit: left };
    const keys = [...table.getKeys(range)].map((key) => Buffer.from(key));
    for (const key of keys) remove(table, key);
    left -= keys.length;
    if (left === 0) return most;
  }
  remove(records, countsKey(collection));
  return most - left;
}

function reply(message: Reply): void {
  port!.postMessage(message);
}

function apply(transaction: Transaction): Committed {
  const {
    chunks = [],
    records: changes = [],
    purge: dropped,
    purgeRows = PURGE_ROWS,
    upgrade,
    mend,
  } = transaction;
  const soFar = new SoFar(chunks);
  const previous = chunks.map((chunk) => applyChunk(chunk, soFar));
  for (const [key, value] of changes) {
    if (value === undefined) remove(records, recordKey(key));
    else put(records, recordKey(key), recordValue(value));
  }
  if (upgrade) upgradeRows(tables, codec, { put, remove });
  if (mend) mendIds(tables, codec, mend, { put, remove });
  return { previous, purged: dropped === undefined ? 0 : purge(dropped, purgeRows) };
}

/** Set when a transaction is committed, until it is on the disk. */
let unflushed = false;
/** Why no more transactions can be had. */
let loss: { readonly error: unknown } | undefined;

async function commit({ flush = true, ...transaction }: Transaction): Promise<Committed> {
  unflushed = false;
  if (loss) throw loss.error;
  crashAt('transaction');
  let committed: Committed;
  try {
    committed = apply(transaction);
    env.resetReadTxn();
    const done = batch.commit();
    crashAt('written');
    await done;
  } finally {
    batch.clear();
  }
  unflushed = true;
  if (flush) environment.sync();
  crashAt('committed');
  return committed;
}

/**
 * Whether no more transactions can be had, which a reading one tells without a lock that others may wait for. LMDB
 * gives up an environment when it could not write the page that makes a transaction the latest.
 */
function isLost(): boolean {
  try {
    env.resetReadTxn();
    records.getBinary(recordKey('identity'));
    return false;
  } catch {
    return true;
  }
}

/** Nothing that is thrown leaves here: whether a rejection that nobody handles ends a thread is up to the process. */
async function answer(transaction: Transaction): Promise<void> {
  try {
    reply({ committed: await commit(transaction) });
  } catch (error) {
    if (!loss && isLost()) loss = { error };
    reply({ error, unflushed, lost: loss !== undefined });
  }
}

/** Ends the thread, whatever LMDB says. */
async function close(): Promise<void> {
  try {
    await env.close();
  } catch {
  } finally {
    port!.close();
  }
}

let last = Promise.resolve();
port.on('message', (request: Request) => {
  last = last.then(() => (request === 'close' ? close() : answer(request.transaction)));
});
reply('ready');
