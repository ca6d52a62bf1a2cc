/*
 * A process that follows a database whose writer is killed again and again, at random: whatever it finds is what was
 * there at one moment. No point is missing, none is there twice, and none comes back. SILT_FOLLOW_KILLS: how many.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Collection, open, type PointId } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { randomOf } from '../support/random.js';
import { ROOT } from '../support/sources.js';
import { afterAll, afterDeletion, CONFIG, MARKER, operation } from './follow-ops.mjs';

type State = Map<PointId, number>;

const SEED = Number(process.env['SILT_FOLLOW_SEED'] ?? 1);
const KILLS = amount('SILT_FOLLOW_KILLS', 2, 5);
/** Checks of one life of the writer. */
const CHECKS = 12;

/** The states behind each operation, made as they are asked for. */
class Model {
  readonly #states: State[] = [new Map()];

  behind(n: number): State {
    for (let at = this.#states.length; at <= n; at++)
      this.#states.push(afterAll(this.#states[at - 1]!, operation(SEED, at), at));
    return this.#states[n]!;
  }
}

/** All points in one state, as one search finds them. */
async function found(points: Collection): Promise<State> {
  const query = new Array<number>(CONFIG.dimension).fill(0.5);
  const hits = await points.search(query, { k: 1_000, exact: true });
  const state = new Map(hits.map(({ id, payload }) => [id, Number(payload?.['n'])]));
  expect(state.size, 'a point was found twice').toBe(hits.length);
  return state;
}

const listed = (state: State): string[] => [...state].map(([id, n]) => `${id}: ${n}`).sort();

/** Compares with the model; at least operation `acknowledged` must be seen. Returns the last one that is. */
async function check(points: Collection, model: Model, acknowledged: number): Promise<number> {
  const state = await found(points);
  const n = state.get(MARKER) ?? 0;
  expect(n).toBeGreaterThanOrEqual(acknowledged);
  const whole = model.behind(n);
  const next = operation(SEED, n + 1);
  const begun = afterDeletion(whole, next); // of the next, the deletion alone, unless it is one commit
  const expected = next.together || state.size === whole.size ? whole : begun;
  expect(listed(state), `SILT_FOLLOW_SEED=${SEED}, behind operation ${n}`).toEqual(listed(expected));
  return n;
}

test('while the writer is killed and starts again, a follower finds what was there at one moment', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const random = randomOf(SEED);
    const model = new Model();
    let acknowledged = 0;
    let points: Collection | undefined;
    let close = async (): Promise<void> => {};
    try {
      for (let life = 0; life < KILLS; life++) {
        const child = fork(join(ROOT, 'test/crash/follow.mjs'), [path, String(SEED)], { execArgv: [] });
        const ended = once(child, 'exit');
        child.on('message', (n) => {
          acknowledged = Number(n);
        });
        await once(child, 'message');
        if (!points) {
          const db = await open(path, { readOnly: true });
          close = () => db.close();
          points = db.collection('points');
        }
        for (let i = 0; i < CHECKS; i++) {
          const least = acknowledged;
          await check(points, model, least);
          await pause(20 * random());
        }
        child.kill('SIGKILL');
        await ended;
        await check(points, model, acknowledged);
      }
      expect(await points!.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
      expect(acknowledged).toBeGreaterThan(KILLS);
    } finally {
      await close();
    }
  }));
