/*
 * A process that looks whether the ones before it lost anything, then does some work with a database, in its main
 * thread or in a thread of its own, and ends in the midst of it, in one of the ways in which processes and threads end.
 * Arguments: a folder and a job as JSON. `folder/log` tells what was begun and acknowledged.
 */
import { appendFileSync, readdirSync, readFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { open } from '#silt/index.js';

const STREAMS = 3;
const POINTS = 40;
const CONFIG = { dimension: 16, metric: 'euclidean', indexing: { mergeThreshold: 500, threads: 2 } };
const LOST = 99;

const { folder, way, work, delayMs } = workerData ?? JSON.parse(process.argv[2]);
const path = join(folder, 'db');
const log = join(folder, 'log');
let ending = false;

let drawn = 0;
const vector = (dimension) => Float32Array.from({ length: dimension }, (_, i) => Math.sin(++drawn + i));
const say = (text) => isMainThread && writeSync(1, `${text}\n`);

/** Versions of a stream that may be in the database: the last one acknowledged, and those begun behind it. */
function logged(stream) {
  const versions = { acknowledged: 0, begun: [] };
  for (const line of readFileSync(log, 'utf8').split('\n')) {
    const [what, of, version] = line.split(' ');
    if (Number(of) !== stream) continue;
    if (what === 'acknowledged') versions.acknowledged = Number(version);
    if (what === 'begun') versions.begun.push(Number(version));
  }
  return versions;
}

/** Every batch is there whole, in a version that may be; returns the next version of each stream. */
async function checked(collection) {
  const next = [];
  for (let stream = 0; stream < STREAMS; stream++) {
    const { acknowledged, begun } = logged(stream);
    const ids = Array.from({ length: POINTS }, (_, i) => stream * 1000 + i);
    const found = new Set((await collection.getMany(ids)).map((point) => point?.payload.version ?? 0));
    const [version] = found;
    const possible = version === acknowledged || (version > acknowledged && begun.includes(version));
    if (found.size !== 1 || !possible) {
      const text = `LOST: stream ${stream} has version ${[...found]}, acknowledged was ${acknowledged}`;
      writeSync(2, `${text}, begun ${begun.slice(-3)}\n`);
      process.exit(LOST);
    }
    next.push(Math.max(0, ...begun) + 1);
  }
  return next;
}

async function writeOn(collection, stream, version) {
  for (; !ending; version++) {
    appendFileSync(log, `begun ${stream} ${version}\n`);
    const points = Array.from({ length: POINTS }, (_, i) => ({
      id: stream * 1000 + i,
      vector: vector(16),
      payload: { version },
    }));
    await collection.upsert(points, { durability: version % 2 ? 'flushed' : 'committed' });
    appendFileSync(log, `acknowledged ${stream} ${version}\n`);
  }
}

async function repeat(step) {
  while (!ending) {
    await step();
    await sleep(1);
  }
}

const many = (count, dimension = 16) =>
  Array.from({ length: count }, (_, i) => ({ id: 10_000 + i, vector: vector(dimension), payload: { i } }));

/** What is done until the end; each begins when the database is open. */
const WORKS = {
  open: async () => {},
  read: (t) => repeat(() => t.search(vector(16), { k: 5 })),
  write: (t, next) => Promise.all(next.map((version, stream) => writeOn(t, stream, version))),
  build: (t) =>
    repeat(async () => {
      await t.upsert(many(1500));
      await t.buildNow();
    }),
  compact: (t, next) =>
    Promise.all([writeOn(t, 0, next[0]), t.upsert(many(800)).then(() => repeat(() => t.compact()))]),
  index: (t, next) =>
    Promise.all([
      writeOn(t, 1, next[1]),
      repeat(async () => {
        await t.createPayloadIndex('version', 'integer');
        await t.dropPayloadIndex('version');
      }),
    ]),
  close: async (t, next, db) => {
    void writeOn(t, 2, next[2]).catch(() => {});
    await t.upsert(many(800));
    void t.buildNow().catch(() => {});
    await sleep(20);
    await db.close();
  },
  scan: async (t, next) => {
    const large = await (await open()).createCollection('large', { ...CONFIG, dimension: 1024 });
    await large.upsert(many(3000, 1024));
    const scan = () => large.search(vector(1024), { k: 5, exact: true });
    await Promise.all([writeOn(t, 0, next[0]), repeat(() => Promise.all([scan(), scan()]))]);
  },
};

async function live() {
  const opening = open(path);
  if (work === 'open') go();
  const db = await opening;
  const t = db.collections().length ? db.collection('t') : await db.createCollection('t', CONFIG);
  const next = await checked(t);
  if (work !== 'open') go();
  await WORKS[work](t, next, db).catch((error) => {
    if (!ending && work !== 'close') throw error;
  });
  if (work === 'open' && way.endsWith('close')) await db.close();
  return db;
}

/** The time runs from here on. */
let began;
const go = () => {
  say('working');
  (isMainThread ? () => began() : () => parentPort.postMessage('working'))();
};

/** Ways to end the thread that has the database; `db` is pending if it is not open yet. */
const ENDS = {
  exit: () => process.exit(7),
  throw: () => setImmediate(() => assertFails()),
  reject: () => void Promise.reject(new Error('meant')),
  end: () => {},
  close: (db) => db.then((database) => database.close()),
  signal: () => {},
  handler: () => {
    setTimeout(() => {}, 60_000); // else it may have ended by itself before the signal comes
    process.kill(process.pid, 'SIGTERM');
  },
};

function assertFails() {
  throw new Error('meant');
}

async function endAs(kind, db) {
  ending = true;
  say('ending');
  await ENDS[kind](db);
}

const kind = way.replace('thread-', '');

if (!isMainThread) {
  const db = live();
  db.catch(() => {});
  parentPort.once('message', () => {
    parentPort.unref();
    void endAs(kind, db);
  });
} else if (way.startsWith('thread-')) {
  const worker = new Worker(new URL(import.meta.url), { workerData: { folder, way, work, delayMs } });
  const failed = [];
  worker.on('error', (error) => failed.push(error.message));
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  await Promise.race([ended, new Promise((resolve) => worker.once('message', resolve))]);
  await sleep(delayMs);
  say('ending');
  if (kind === 'main') process.exit(7);
  if (kind === 'terminate') void worker.terminate();
  else worker.postMessage('end');
  const code = await ended;
  const meant = { exit: 7, throw: 1, reject: 1, end: 0, close: 0, terminate: 1 }[kind];
  if (code !== meant) throw new Error(`the thread ended with ${code}, not ${meant}: ${failed}`);
  // What it had is free: this thread opens the same directory, and finds all of it; then no file of it is open.
  const db = await open(path);
  await checked(db.collections().length ? db.collection('t') : await db.createCollection('t', CONFIG));
  await db.close();
  const files = readdirSync('/proc/self/fd').length;
  say(`files ${files}`);
} else {
  const working = new Promise((resolve) => {
    began = resolve;
  });
  if (way === 'handler') process.on('SIGTERM', () => process.exit(9));
  const db = live();
  db.catch((error) => {
    if (ending) return;
    writeSync(2, `${error.stack}\n`);
    process.exit(LOST);
  });
  await working;
  await sleep(delayMs);
  if (way !== 'signal') await endAs(kind, db);
}
