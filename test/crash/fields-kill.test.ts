/* T5 for fields that come and go, and vectors that change in them: killed at any time, each change is done or not done, and what was acknowledged is. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { integer, randomOf } from '../support/random.js';
import { apply, type State } from './fields-steps.mjs';

const writer = fileURLToPath(new URL('fields-writer.mjs', import.meta.url));
const CYCLES = amount('SILT_CRASH_CYCLES', 2, 30);
const SEED = Number(process.env['SILT_CRASH_SEED'] ?? 1);

/** Runs the writer, and kills it when it has printed so many steps, and some time has passed. Returns the last one. */
async function killed(folder: string, from: number, steps: number, afterMs: number): Promise<number> {
  const child = spawn(process.execPath, [writer, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  let due = false;
  child.stdout.on('data', (text: Buffer) => {
    printed += text.toString();
    if (due || printed.split('\n').length <= steps) return;
    due = true;
    setTimeout(() => child.kill('SIGKILL'), afterMs);
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return Number(printed.split('\n').at(-2));
}

const told = ({ fields, points }: State): unknown => [
  [...fields].sort(),
  [...points].sort(([a], [b]) => a - b).map(([id, point]) => [id, Object.entries(point).sort()]),
];

async function stateOf(c: Collection): Promise<State> {
  const fields = new Set(Object.keys(c.status().fields).filter((name) => name !== ''));
  const points = new Map<number, object>();
  for await (const { id, vector, payload } of c.scroll({ withVector: true })) {
    const named = ArrayBuffer.isView(vector) ? { '': vector } : (vector as object);
    const values = Object.entries(named).map(([name, value]) => [name, [...(value as Float32Array)]]);
    points.set(Number(id), { ...Object.fromEntries(values), ...payload });
  }
  return { fields, points };
}

/** What is in the graph of `x` and in the index of `t` is what is stored. */
async function expectFound(c: Collection, { fields, points }: State): Promise<void> {
  if (fields.has('x')) {
    const hits = await c.search([1, 1], { using: 'x', k: 100 });
    const having = [...points].filter(([, point]) => 'x' in point).map(([id]) => id);
    expect(new Set(hits.map(({ id }) => id))).toEqual(new Set(having));
  }
  if (!fields.has('t')) return;
  for (const text of new Set([...points.values()].map((point) => (point as { text: string }).text))) {
    const hits = await c.search({ text }, { k: 100 });
    const having = [...points].filter(([, point]) => (point as { text: string }).text === text);
    expect(new Set(hits.map(({ id }) => id))).toEqual(new Set(having.map(([id]) => id)));
  }
}

test('killed at any time: fields are added and dropped as a whole, and no value comes back', () =>
  withFolder(async (folder) => {
    const random = randomOf(SEED);
    const state: State = { fields: new Set(), points: new Map() };
    let next = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const last = await killed(folder, next, integer(random, 4, 40), integer(random, 0, 8));
      for (let step = next; step <= last; step++) apply(state, step);
      const db = await open(folder);
      const c = db.collection('c');
      const found = await stateOf(c);
      // The step under way may have been committed.
      const isAsAcknowledged = JSON.stringify(told(found)) === JSON.stringify(told(state));
      if (!isAsAcknowledged) apply(state, last + 1);
      expect(told(found), `SILT_CRASH_SEED=${SEED}, cycle ${cycle}`).toEqual(told(state));
      await expectFound(c, state);
      expect(await c.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
      next = isAsAcknowledged ? last + 1 : last + 2;
      await db.close();
    }
  }));
