/*
 * Run as a process, to be killed: opens a database, compares it with the log, says so ("ready"), then writes
 * batches until it dies. Arguments: folder, variant, seed, and 'check' where it shall only compare.
 */
import { openSync } from 'node:fs';
import { join } from 'node:path';
import './arm.mjs';
import { compare } from './compare.mjs';
import { openVariant } from './machines.mjs';
import {
  appendLine,
  filterOf,
  INDEXES,
  idOf,
  patchOf,
  payloadOf,
  randomBatch,
  randomOf,
  readLog,
  renewing,
  VARIANTS,
  vectorsOf,
} from './points.mjs';

const [folder, variant, seed, mode] = process.argv.slice(2);
const path = join(folder, 'db');
const logPath = join(folder, 'log');
const random = randomOf(Number(seed));
const { collections, arenaBytes } = VARIANTS[variant];
const armed = process.env.SILT_TEST_CRASH_AT ?? '';
/** Batches after which a place that is armed must have been reached. */
const ENOUGH = 400;

let database = await openVariant(path, variant);
await compare(database, logPath);
if (mode === 'check') {
  await database.close();
  process.exit(0);
}
for (const [name, config] of Object.entries(collections))
  if (!database.collections().some((found) => found.name === name))
    await database.createCollection(name, config);
// Always where there are several arenas: what is made by the way (see `index`) may not come to it.
if (arenaBytes !== undefined || random() < 0.2)
  for (const [path, kind] of INDEXES) await database.collection('main').createPayloadIndex(path, kind);
process.stdout.write('ready\n');

const log = openSync(logPath, 'a');
let { last } = readLog(logPath);
const under = new Set();

/** Writes one batch; the log knows before, and after. */
function write() {
  const name = random() < 0.8 ? 'main' : 'side';
  const batch = randomBatch(random, variant, name, ++last);
  appendLine(log, batch);
  const collection = database.collection(name);
  const points = batch.put?.map((number) => {
    const payload = payloadOf(number, batch.version);
    const vector = vectorsOf(number, batch.version, collections[name]);
    return { id: idOf(number), vector, ...(payload && { payload }) };
  });
  const durability = random() < 0.5 ? 'flushed' : 'committed';
  const written = batch.drop
    ? collection.batch(
        [
          { delete: { filter: filterOf(batch.drop) } },
          { upsert: points },
          { setPayload: batch.patch.map(idOf), payload: patchOf(batch.version) },
          { delete: batch.remove.map(idOf) },
        ],
        { durability },
      )
    : points
      ? collection.upsert(points, { durability })
      : batch.renew
        ? collection.batch(renewing(batch.renew, batch.version, collections[name]), { durability })
        : batch.patch
          ? collection.setPayload(batch.patch.map(idOf), patchOf(batch.version), { durability })
          : collection.delete(batch.remove.map(idOf));
  const acknowledged = written.then(() => {
    appendLine(log, { name, acknowledged: batch.batch });
    under.delete(acknowledged);
  });
  under.add(acknowledged);
}

/** Builds, compactions, closes and searches, in between. */
async function maintain() {
  const chance = random();
  const collection = database.collection(random() < 0.8 ? 'main' : 'side');
  if (chance < 0.35) void collection.compact().catch(stopped);
  else if (chance < 0.5) await collection.compact();
  else if (chance < 0.6) await index(collection);
  else if (chance < 0.7) await collection.buildNow();
  else if (chance < 0.8) await collection.verify();
  else {
    await Promise.all(under);
    await database.close();
    database = await openVariant(path, variant);
  }
}

/** Makes a payload index, or takes it away; sometimes nobody waits for it. */
async function index(collection) {
  const [path, kind] = INDEXES[Math.floor(random() * INDEXES.length)];
  const there = collection.info().payloadIndexes.some((found) => found.path === path);
  const done =
    there && random() < 0.4 ? collection.dropPayloadIndex(path) : collection.createPayloadIndex(path, kind);
  if (random() < 0.5) await done;
  else void done.catch(stopped);
}

function stopped(error) {
  if (error.code !== 'CLOSED') throw error;
}

const often = /^(snapshot|compacted)/.test(armed) ? 0.3 : 0.08;
for (let round = 0; armed === '' || round < ENOUGH; round++) {
  for (let writes = 1 + Math.floor(random() * 3); writes > 0; writes--) write();
  if (random() < 0.8) await Promise.all(under);
  if (random() < often) await maintain();
}
process.stderr.write(`${armed} was never reached`);
process.exit(2);
