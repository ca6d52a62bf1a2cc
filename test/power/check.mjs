/* Whether a database that was left by a loss of power has what it acknowledged, whole, and goes on. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { open } from '#silt/index.js';
import { compareState, difference, isState, readAll } from '../crash/compare.mjs';
import { idOf, payloadOf, vectorsOf } from '../crash/points.mjs';
import { after, CONFIGS, statesBy } from './operations.mjs';

/** The collection is in one of the states; returns it. */
async function stateOf(database, name, states) {
  const found = database.collections().find((one) => one.name === name);
  if (!found) {
    if (states.includes(undefined)) return undefined;
    throw new Error(`collection ${name} is lost`);
  }
  const collection = database.collection(name);
  const stored = await readAll(name, collection);
  const paths = new Set(found.payloadIndexes.map(({ path }) => path));
  const fits = (state) =>
    state !== undefined &&
    isState(stored, state.points) &&
    paths.size === state.indexes.size &&
    [...paths].every((path) => state.indexes.has(path));
  const state = states.find(fits);
  if (state === undefined) {
    const acknowledged = states[0] ? difference(stored, states[0].points) : 'it did not exist';
    throw new Error(
      `collection ${name}, against what was acknowledged: ${acknowledged}; indexes ${[...paths]}, of ${states.length} states`,
    );
  }
  await compareState(name, collection, stored, state.points);
  return state;
}

async function expectSound(database) {
  for (const { name } of database.collections()) {
    const report = await database.collection(name).verify();
    if (!report.ok) throw new Error(`collection ${name}: verify says ${JSON.stringify(report)}`);
  }
}

/** Writes to all collections, those that are not there too. Returns the states behind it. */
async function goOn(database, states) {
  const next = new Map();
  for (const [name, config] of Object.entries(CONFIGS)) {
    let state = states.get(name);
    if (state === undefined) {
      await database.createCollection(name, config);
      state = after(undefined, { create: true });
    }
    const collection = database.collection(name);
    const numbers = [1, 3, 5];
    const version = 1_000_000;
    const points = numbers.map((number) => {
      const payload = payloadOf(number, version);
      return {
        id: idOf(number),
        vector: vectorsOf(number, version, config),
        ...(payload && { payload }),
      };
    });
    await collection.upsert(points);
    await collection.delete(idOf(2));
    next.set(name, after(after(state, { put: numbers, version }), { remove: [2] }));
  }
  return next;
}

/** Nothing is left that nobody will ever remove. The database is closed. */
function expectTidy(path, collections) {
  const inside = (folder) => readdirSync(join(path, folder));
  const snapshots = inside('snapshots').filter((name) => !name.endsWith('.damaged'));
  const numbers = new Set(
    snapshots.map((name) => name.replace(/(\.\d+)?\.(snapshot|payloads|inverted|slots)$/, '')),
  );
  const foreign = [
    ...inside('store').filter((name) => !/^(data|lock)\.mdb$/.test(name)),
    ...inside('lock').filter((name) => name !== 'holder'),
    ...[...numbers].filter((name) => !/^\d+$/.test(name)),
    ...(numbers.size > collections ? [`files of ${numbers.size} collections, of ${collections}`] : []),
  ];
  if (foreign.length > 0) throw new Error(`left behind: ${foreign.join(', ')}`);
}

/**
 * Checks what is in a folder; `marks` were made before the power went. `thorough`: it is linked, closed and opened once
 * more. `unrepaired`: nothing was acknowledged of its repair, so that it is repaired first.
 *
 * @throws Error that says what is wrong
 */
export async function check(folder, marks, thorough, unrepaired) {
  const path = join(folder, 'some', 'where', 'db');
  let database = await open(path);
  try {
    for (const { name } of unrepaired ? database.collections() : [])
      await database.collection(name).verify({ repair: true });
    const states = new Map();
    for (const [name, possible] of statesBy(marks)) states.set(name, await stateOf(database, name, possible));
    await expectSound(database);
    const next = await goOn(database, states);
    for (const [name, state] of next) await stateOf(database, name, [state]);
    if (!thorough) return;
    for (const name of next.keys()) await database.collection(name).buildNow();
    await expectSound(database);
    await database.close();
    expectTidy(path, next.size);
    database = await open(path);
    for (const [name, state] of next) await stateOf(database, name, [state]);
    await expectSound(database);
  } finally {
    await database.close();
  }
}
