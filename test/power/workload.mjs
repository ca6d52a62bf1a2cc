/*
 * Run as a process, with test/support/record-disk.c loaded before it: works with a database as an application does, and
 * says in the trace what it calls and what was acknowledged. Arguments: folder, seed, rounds, and for a database that is
 * there already, the marks of the process that made it; 'repair' behind them has it repaired first.
 */
import { openSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '#silt/index.js';
import { idOf, patchOf, payloadOf, renewing, vectorsOf } from '../crash/points.mjs';
import {
  after,
  CONFIGS,
  integer,
  marksIn,
  PLAIN,
  randomOf,
  randomOperation,
  statesBy,
} from './operations.mjs';

const [folder, seed, rounds, earlier, repair] = process.argv.slice(2);
// Folders in between are made too.
const path = join(folder, 'some', 'where', 'db');
const random = randomOf(Number(seed));
const marks = openSync(`${process.env.SILT_RECORD}.marks`, 'a');
const mark = (what) => writeSync(marks, `${JSON.stringify(what)}\n`);

const before = marksIn(earlier);
let last = Math.max(0, ...before.map(({ op }) => op ?? 0));
const states = new Map([...statesBy(before)].map(([name, possible]) => [name, possible.at(-1)]));

let database = await open(path);
if (repair) {
  for (const { name } of database.collections()) await database.collection(name).verify({ repair: true });
  mark({ repaired: true });
}

/** Calls an operation. Resolves when it is acknowledged. */
function call(name) {
  const operation = randomOperation(random, name, ++last, states.get(name));
  states.set(name, after(states.get(name), operation));
  mark(operation);
  return perform(operation).then(() => mark({ acknowledged: operation.op }));
}

async function perform({ name, create, drop, put, renew, remove, patch, version, index, kind, unindex }) {
  if (create) return database.createCollection(name, CONFIGS[name]);
  if (drop) return database.dropCollection(name);
  const collection = database.collection(name);
  if (index) return collection.createPayloadIndex(index, kind);
  if (unindex) return collection.dropPayloadIndex(unindex);
  const durability = random() < 0.5 ? 'flushed' : 'committed';
  if (remove) return collection.delete(remove.map(idOf), { durability });
  if (renew) return collection.batch(renewing(renew, version, CONFIGS[name]), { durability });
  if (patch) return collection.setPayload(patch.map(idOf), patchOf(version), { durability });
  const points = put.map((number) => {
    const payload = payloadOf(number, version);
    const vector = vectorsOf(number, version, CONFIGS[name]);
    return { id: idOf(number), vector, ...(payload && { payload }) };
  });
  return collection.upsert(points, { durability });
}

async function maintain() {
  const collection = database.collection(states.get('words') && random() < 0.4 ? 'words' : 'main');
  const chance = random();
  if (chance < 0.3) await collection.buildNow();
  else if (chance < 0.5) await collection.compact();
  else if (chance < 0.6) await collection.verify({ repair: true });
  else {
    await database.close();
    database = await open(path);
  }
}

const NAMES = process.env.SILT_POWER_PLAIN === '1' ? PLAIN : Object.keys(CONFIGS);
for (let round = 0; round < Number(rounds); round++) {
  // Several at once share commits. Those of one collection take effect in the order of the calls, but for its making
  // and its end, for which nobody has to wait who calls it no more.
  const name = random() < 0.6 ? 'main' : NAMES[integer(random, 0, NAMES.length)];
  const before = states.get(name);
  const count = before === undefined ? 1 : integer(random, 1, 4);
  const called = [];
  for (let i = 0; i < count && states.get(name) !== undefined; i++) called.push(call(name));
  if (before === undefined) called.push(call(name));
  if (states.get('side') !== undefined && random() < 0.3 && name !== 'side') called.push(call('side'));
  await Promise.all(called);
  if (states.get('main') !== undefined && random() < 0.1) await maintain();
}
await database.close();
