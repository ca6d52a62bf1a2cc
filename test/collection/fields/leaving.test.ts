/* What goes on for a field when that is dropped: it ends, and leaves nothing behind that speaks of the field. */
import { setImmediate } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { type Collection, type NewField, open } from '#silt/index.js';
import { failureOf, liveOf, pointsOf, withCollection } from '../../support/databases.js';

const ROWS = 1_200;
const DENSE: NewField = { vector: { dimension: 30, metric: 'cosine', hnsw: { m: 8, efConstruction: 30 } } };
const PAUSED = { sparse: { s: {} }, indexing: { threads: 1, paused: true } } as const;

async function fill(c: Collection, name: string, from = 0, rows = ROWS): Promise<void> {
  await c.upsert(
    pointsOf(from + 1, rows, from).map(({ id, vector }) => ({ id, vector: { [name]: vector } })),
  );
}

test('a drop ends a pause of what is learned of the graph, which nothing else would; nothing has failed', async () => {
  const db = await open();
  const c = await db.createCollection('c', PAUSED);
  const { time } = liveOf(c).platform;
  const { pause } = time;
  let pauses = 0;
  // Pauses in which the process may end are those in which it would.
  time.pause = (ms, signal, o) => {
    if (o?.idle) pauses++;
    return pause.call(time, o?.idle ? 2 ** 30 : ms, signal, o);
  };
  try {
    await c.createField('x', DENSE);
    await fill(c, 'x');
    await c.buildNow();
    while (pauses === 0) await setImmediate();
    expect(await c.dropField('x')).toBe(true);
    for (let turns = 0; turns < 20; turns++) await setImmediate();
    expect(c.status()).toMatchObject({ lastError: null });
  } finally {
    time.pause = pause;
    await db.close();
  }
});

test('a build tells what was linked in the fields that are left', () =>
  withCollection('memory', PAUSED, async (c) => {
    await c.createField('a', DENSE);
    await c.createField('b', DENSE);
    await fill(c, 'a');
    await c.buildNow();
    await fill(c, 'b', ROWS, 300);
    const built = c.buildNow();
    const dropped = c.dropField('a');
    expect(await built).toMatchObject({ linked: 300, quarantined: 0 });
    expect(await dropped).toBe(true);
  }));

test.each(['build', 'threads', 'field', 'recall'] as const)(
  'a failure of kind %s goes with the field that may have been the only one to fail',
  (kind) =>
    withCollection('memory', { ...PAUSED, dimension: 2, metric: 'dot' }, async (c) => {
      const { maintenance } = coreOf(c);
      maintenance.failures.note(kind, new Error('no memory'));
      await c.createField('x', { sparse: {} });
      expect(c.status().state).toBe('degraded');
      await c.dropField('x');
      expect(c.status()).toMatchObject({ lastError: null, errors: {} });
    }),
);

test('a point is readable again when the field goes in which its value is damaged, and no other', () =>
  withCollection('memory', { ...PAUSED, dimension: 2, metric: 'dot' }, async (c) => {
    await c.createField('x', { sparse: {} });
    await c.createField('y', { vector: { dimension: 2, metric: 'dot', multi: true } });
    await c.upsert([1, 2, 3].map((id) => ({ id, vector: [1, id], payload: { id } })));
    const { stored } = liveOf(c);
    const [x, y] = ['x', 'y'].map((name) => stored.fields.find((field) => field.name === name)!.number);
    stored.note(1, x!, 'the value in x is damaged');
    stored.note(2, y!, 'the value in y is damaged');
    stored.note(3, x!, 'the value in x is damaged');
    stored.note(3, 'payload', 'its payload is damaged');
    expect(await failureOf(() => c.get(1))).toBe('ROW_UNREADABLE');
    await c.dropField('x');
    expect(await c.get(1)).toEqual({ id: 1, vector: { '': Float32Array.of(1, 1) }, payload: { id: 1 } });
    expect(await failureOf(() => c.get(2))).toBe('ROW_UNREADABLE');
    expect(await failureOf(() => c.get(3))).toBe('ROW_UNREADABLE');
    expect(c.status().unreadable).toBe(2);
  }));
