/* Nothing that surrounds a program of a user can set off the crash hooks of the tests: they are armed in code alone. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { HnswIndex, type HnswOptions } from '#silt/index.js';
import { CRASH_PLACES } from '#silt/platform/faults.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

/** Passes every place: writes of few rows and of many, a build, a compaction, a snapshot. */
const PROGRAM = `
  import { open } from '#silt/index.js';
  const db = await open(process.argv[1]);
  const points = await db.createCollection('points', { dimension: 2, metric: 'euclidean' });
  const some = (count) => Array.from({ length: count }, (_, id) => ({ id, vector: [id, 1] }));
  await points.upsert(some(1));
  await points.upsert(some(100));
  await points.delete([1, 2, 3]);
  await points.buildNow();
  await points.compact();
  await db.close();
  console.log('done');`;

test('the environment of a process cannot end it at a crash hook', () =>
  withFolder(async (folder) => {
    const run = async (name: string, value: string): Promise<string> => {
      const args = ['--input-type=module', '-e', PROGRAM, join(folder, value.replaceAll(':', '-'))];
      const env = { ...process.env, [name]: value };
      return (await promisify(execFile)(process.execPath, args, { cwd: ROOT, env })).stdout;
    };
    const runs = CRASH_PLACES.map((place) => run('SILT_CRASH_AT', `${place}:0`));
    runs.push(run('SILT_CRASH_AT', 'committed:0:thread'), run('SILT_TEST_CRASH_AT', 'transaction'));
    expect(new Set(await Promise.all(runs))).toEqual(new Set(['done\n']));
  }));

test('what a program can reach of the package takes no platform, and no faults', async () => {
  expect(Object.keys(await import('#silt/index.js')).filter((name) => /platform|fault/i.test(name))).toEqual(
    [],
  );
  const parameters: ConstructorParameters<typeof HnswIndex> = [{ dimension: 1, metric: 'euclidean' }];
  expect([parameters.length, HnswIndex.length]).toEqual([1, 1]);
  const options: HnswOptions[] = parameters; // no second one, in the types either
  expect(new HnswIndex(options[0]!)).toBeInstanceOf(HnswIndex);
});
