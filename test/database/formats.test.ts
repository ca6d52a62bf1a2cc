/* Databases that earlier releases wrote open, and keep everything. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { failureOf, PAUSED, pointsOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { copyFormat1, EXPECTED, expectFormat1, formatOf, toFormat1 } from '../support/format-1.js';

test('a database of store format 1 opens with all its points, and takes new ones', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await copyFormat1(path);
    let db = await open(path);
    await expectFormat1(db);
    await db.close();

    db = await open(path);
    await expectFormat1(db);
    for (const name of Object.keys(EXPECTED)) {
      const collection = db.collection(name);
      const { dimension } = collection.config;
      const vector = Array.from({ length: dimension }, (_, i) => i % 2);
      expect(await collection.upsert({ id: 'new', vector, payload: { n: 1 } })).toMatchObject({
        inserted: 1,
      });
      expect(await collection.get('new')).toMatchObject({ payload: { n: 1 } });
      await collection.delete('new');
      await collection.buildNow();
      expect(await collection.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    }
    await expectFormat1(db);
    await db.close();
  }));

test('a database that is closed while its rows are rewritten keeps them all, and the next opening goes on', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const points = pointsOf(1, 9_000); // five transactions of the upgrade
    const made = await open(path);
    await (await made.createCollection('points', PAUSED)).upsert(points);
    await made.close();
    await toFormat1(path);

    const left: number[] = [];
    for (let upgrading = true; upgrading; ) {
      const name = 'silt:store:upgrade';
      let step = (): void => {};
      const firstStep = new Promise<void>((resolve) => (step = resolve));
      subscribe(name, step);
      const db = await open(path);
      await firstStep;
      const reading = failureOf(() => db.collection('points').getMany(points.map(({ id }) => id)));
      await db.close();
      unsubscribe(name, step);
      expect([undefined, 'CLOSED']).toContain(await reading);
      const format = await formatOf(path);
      expect(format.version).toBe(2);
      left.push(format.oldRows);
      upgrading = format.upgrading;
    }
    expect(left.length).toBeGreaterThan(1);
    expect([...new Set(left)].sort((a, b) => b - a)).toEqual(left);
    expect(left.at(-1)).toBe(0);
    const db = await open(path);
    const found = await db.collection('points').getMany(points.map(({ id }) => id));
    expect(found.map((point) => point?.id)).toEqual(points.map(({ id }) => id));
    expect(await db.collection('points').verify()).toMatchObject({ ok: true });
    await db.close();
  }));
