/* Operations of the machine on what other calls leave: several at once, and writes with a mode and a condition. */
import { expect } from 'vitest';
import type { Collection, PointId } from '#silt/index.js';
import { inText } from '../support/filtered.js';
import { filterToDelete } from '../support/filters.js';
import { patching, randomChange } from '../support/patches.js';
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

/** Returns how many operations were done. */
export async function writeConditionally(turn: Turn): Promise<number> {
  const { random, points, model } = turn;
  const batch = Array.from({ length: integer(random, 1, 12) }, () => turn.point(someId(turn)));
  const mode = (['upsert', 'insert', 'update'] as const)[integer(random, 0, 3)]!;
  const condition = random() < 0.8 ? filterToDelete(random) : {};
  const before = callBefore(turn, batch[0]!.id);
  const writing = points.upsert(batch, { mode, condition });
  const { inserted, replaced, passed } = model.write(batch, { mode, condition });
  await before.ended;
  const receipt = await writing;
  expect(receipt, inText(condition)).toMatchObject({ inserted, replaced, deleted: 0, updated: 0 });
  const others = receipt.rejected.filter(({ code }) => code !== 'DUPLICATE_ID').map(({ id }) => id);
  expect(new Set(others)).toEqual(new Set(passed));
  return before.count + inserted + replaced;
}
