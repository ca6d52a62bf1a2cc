/* Operations of the machine on what other calls leave: several at once, and writes with a mode and a condition,
 * and batches. */
import { expect } from 'vitest';
import type { Collection, Filter, Operation, PointId, WriteMode } from '#silt/index.js';
import { inText } from '../support/filtered.js';
import { filterToDelete } from '../support/filters.js';
import { patching, patchOperation, randomChange } from '../support/patches.js';
import { integer, type Random } from '../support/random.js';
import type { CollectionModel, Drafted } from './collection-model.js';
import type { Draws } from './draws.js';

/** What an operation has to do with. */
export interface Turn {
  readonly points: Collection;
  readonly model: CollectionModel;
  readonly draw: Draws;
  readonly random: Random;
  /** A number that no payload has so far. */
  readonly version: number;
  point(id: PointId): Drafted;
}

interface Sums {
  inserted: number;
  replaced: number;
  deleted: number;
  updated: number;
}

function someId({ random, draw }: Turn): PointId {
  return (random() < 0.7 ? draw.some() : undefined) ?? draw.id();
}

/** A call that is not done yet when the next one is made; how many operations it is, and how it ends. */
function callBefore(turn: Turn, id: PointId): { count: number; ended: Promise<void> } {
  const { random, points, model } = turn;
  if (random() < 0.3) return { count: 0, ended: Promise.resolve() };
  if (random() < 0.5) {
    const point = turn.point(id);
    const written = points.upsert(point);
    const { inserted, replaced } = model.write([point]);
    return {
      count: 1,
      ended: written.then((receipt) => expect(receipt).toMatchObject({ inserted, replaced })),
    };
  }
  const change = randomChange(random, turn.version);
  const patched = patching(points, [id], change);
  const updated = model.patch([id], change);
  return { count: 1, ended: patched.then((receipt) => expect(receipt).toMatchObject({ updated })) };
}

/** Several calls at once: in the order they were made. Returns how many operations were done. */
export async function raceCalls(turn: Turn): Promise<number> {
  const { random, draw, model, points } = turn;
  const id = draw.id();
  const had = model.rows.has(id);
  const [one, two] = [turn.point(id), turn.point(id)];
  const calls = [
    points.upsert(one),
    points.delete(id),
    points.upsert(two),
    ...(random() < 0.5 ? [points.delete(id)] : []),
  ];
  const receipts = await Promise.all(calls);
  expect(receipts[0]).toMatchObject({ replaced: had ? 1 : 0 });
  expect(receipts[2]).toMatchObject({ inserted: 1 });
  if (calls.length === 4) model.rows.delete(id);
  else model.rows.set(id, { ...two, version: two.payload.version });
  return calls.length;
}

/** One that every point meets as well; none in mode "insert", which compares none. */
function conditionFor(mode: WriteMode, random: Random, share: number): { readonly condition?: Filter } {
  const condition = random() < share ? filterToDelete(random) : {};
  return mode === 'insert' ? {} : { condition };
}

/** Returns how many operations were done. */
export async function writeConditionally(turn: Turn): Promise<number> {
  const { random, points, model } = turn;
  const batch = Array.from({ length: integer(random, 1, 12) }, () => turn.point(someId(turn)));
  const mode = (['upsert', 'insert', 'update'] as const)[integer(random, 0, 3)]!;
  const condition = conditionFor(mode, random, 0.8);
  const before = callBefore(turn, batch[0]!.id);
  const writing = points.upsert(batch, { mode, ...condition });
  const { inserted, replaced, passed } = model.write(batch, { mode, ...condition });
  await before.ended;
  const receipt = await writing;
  expect(receipt, inText(condition)).toMatchObject({ inserted, replaced, deleted: 0, updated: 0 });
  const others = receipt.rejected.filter(({ code }) => code !== 'DUPLICATE_ID').map(({ id }) => id);
  expect(new Set(others)).toEqual(new Set(passed));
  return before.count + inserted + replaced;
}

/** One random operation of a batch, and what the model makes of it: how many operations it is, and the sums. */
function randomOperation(turn: Turn): { operation: Operation; done: Partial<Sums>; count: number } {
  const { random, model, draw } = turn;
  const draws = random();
  const some = (): PointId[] => Array.from({ length: integer(random, 1, 5) }, () => someId(turn));
  if (draws < 0.4) {
    const batch = some().map((id) => turn.point(id));
    const mode = (['upsert', 'upsert', 'insert', 'update'] as const)[integer(random, 0, 4)]!;
    const condition = conditionFor(mode, random, 0.4);
    const { inserted, replaced } = model.write(batch, { mode, ...condition });
    return {
      operation: { upsert: batch, mode, ...condition },
      done: { inserted, replaced },
      count: inserted + replaced,
    };
  }
  if (draws < 0.6) {
    // Few of those that match: the model shall not run empty.
    const part = filterToDelete(random);
    const ids = { has_id: [...some(), draw.some() ?? 0] };
    const filter = { must: Object.keys(part).length > 0 ? [part, ids] : [ids] };
    const named = random() < 0.5 ? [...new Set(some())] : undefined;
    const deleted = (named ?? model.matching(filter)).filter((id) => model.rows.delete(id)).length;
    return { operation: { delete: named ?? { filter } }, done: { deleted }, count: named?.length ?? deleted };
  }
  const change = randomChange(random, turn.version);
  const filter = filterToDelete(random);
  const named = random() < 0.5 ? [...new Set(some())] : undefined;
  const updated = model.patch(named ?? model.matching(filter), change);
  const operation = patchOperation(named ?? { filter }, change);
  return { operation, done: { updated }, count: named?.length ?? updated };
}

/** Several operations in one commit. Returns how many operations were done. */
export async function writeBatch(turn: Turn): Promise<number> {
  const { points, random } = turn;
  const before = callBefore(turn, someId(turn));
  const operations: Operation[] = [];
  const sums: Sums = { inserted: 0, replaced: 0, deleted: 0, updated: 0 };
  let { count } = before;
  for (let left = integer(random, 1, 8); left > 0; left--) {
    const one = randomOperation(turn);
    operations.push(one.operation);
    for (const name of Object.keys(one.done) as (keyof Sums)[]) sums[name] += one.done[name]!;
    count += one.count;
  }
  const writing = points.batch(operations, { durability: random() < 0.5 ? 'flushed' : 'committed' });
  await before.ended;
  expect(await writing, JSON.stringify(operations, withoutVectors)).toMatchObject(sums);
  return count;
}

function withoutVectors(key: string, value: unknown): unknown {
  return key === 'vector' ? undefined : typeof value === 'bigint' ? `${value}n` : value;
}
