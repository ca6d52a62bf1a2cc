/* Points in the order of their ids, found in many turns while others write: those that a scroll finds at the end. */
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { IdWalk } from '#silt/collection/read/query/id-walk.js';
import { allMatching } from '#silt/collection/read/request.js';
import { aspectsOf } from '#silt/filter/aspects.js';
import type { Filter, PointId } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { PAUSED, pointsOf, withCollection } from '../../support/databases.js';
import { integer, randomOf } from '../../support/random.js';

const FILTER: Filter = { must: { key: 'kind', match: { value: 1 } } };
const never = (): boolean => false;

test('whatever is written between its steps', () =>
  withCollection('memory', PAUSED, async (points) => {
    const random = randomOf(11);
    const made = (count: number): object[] =>
      pointsOf(integer(random, 1, 1_000), count).map((point) => ({
        ...point,
        id: random() < 0.5 ? integer(random, 0, 4_000) : `p${integer(random, 0, 4_000)}`,
        payload: { kind: integer(random, 0, 3), other: 1 },
      }));
    const { reader, live } = coreOf(points);
    const filter = reader.filter(FILTER);
    const bitsNow = (): Uint32Array => {
      const { admitted } = reader.filters.resolve(filter, allMatching(filter), true)!;
      return admitted.kind === 'bits' ? admitted.bits : expect.fail('it is known which match');
    };
    await points.upsert(made(2_500) as never);
    for (let round = 0; round < amount('SILT_ROUNDS', 25, 200); round++) {
      const walk = new IdWalk(live, aspectsOf(filter.condition));
      const most = [1, 20, 10_000][round % 3]!;
      let turns = 0;
      let found: readonly { slot: number }[] | undefined;
      while (!found) {
        found = walk.goOn(bitsNow(), most, () => ++turns % 2 === 1);
        if (turns > 60 || found) break;
        if (random() < 0.3) await points.upsert(made(integer(random, 1, 20)) as never);
        if (random() < 0.3) await points.delete(integer(random, 0, 4_000));
        if (random() < 0.3) await points.setPayload({ filter: FILTER }, { other: turns });
        if (random() < 0.2)
          await points.setPayload(integer(random, 0, 4_000), { kind: integer(random, 0, 3) });
        if (random() < 0.02) await points.compact();
      }
      const all = walk.goOn(bitsNow(), most, never)!; // all that is left, and what changed behind the last step
      const expected: PointId[] = [];
      for await (const { id } of points.scroll({ filter: FILTER, limit: most })) expected.push(id);
      expect(all.map(({ slot }) => live.stored.idOf(live.rows.rowAt(slot)))).toEqual(expected);
    }
  }));

test('a query without anything asked gives them, few or many, also by pages', () =>
  withCollection('memory', PAUSED, async (points) => {
    const count = 3_000;
    await points.ingest(
      pointsOf(3, count).map((point) => ({
        ...point,
        payload: { kind: point.id % 2, rare: point.id % 300 },
      })),
    );
    const idsOf = async (o: object): Promise<PointId[]> =>
      (await points.query({ withPayload: false, ...o })).map(({ id }) => id);
    const numbers = (least: number, step: number, many: number): number[] =>
      Array.from({ length: many }, (_, i) => least + step * i);
    expect(await idsOf({ filter: FILTER, k: 5 })).toEqual(numbers(1, 2, 5));
    expect(await idsOf({ filter: FILTER, k: 5, offset: 1_490 })).toEqual(numbers(2_981, 2, 5));
    const rare = { must: { key: 'rare', match: { value: 299 } } };
    expect(await idsOf({ filter: rare })).toEqual(numbers(299, 300, 10));
    expect(await idsOf({ k: 3 })).toEqual([0, 1, 2]);
  }));
