/*
 * T14: a process and a thread end at once, whatever they are doing, with their own exit code; what was acknowledged
 * is there, and what they had open is closed.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { amount } from '../support/amount.js';
import { withFolder } from '../support/files.js';

const { runExits, WAYS } = (await import(new URL('exits.mjs', import.meta.url).href)) as {
  readonly WAYS: readonly string[];
  runExits(o: { exits: number; seed: number; note: (exit: { way: string }) => void }): Promise<unknown>;
};

const SEED = Number(process.env['SILT_EXITS_SEED'] ?? 1);
const EXITS = amount('SILT_EXITS', 3, 20);

test('processes and threads end in all ways, at random moments: none hangs, nothing acknowledged is lost', async () => {
  const seen = new Set<string>();
  await runExits({ exits: EXITS, seed: SEED, note: ({ way }) => seen.add(way) });
  expect(seen.size).toBeGreaterThan(Math.min(EXITS, WAYS.length) / 2);
}, 600_000);

/** What a script of a few lines prints; it must end by itself. */
function outputOf(folder: string, script: string): string {
  const silt = fileURLToPath(new URL('../../dist/index.js', import.meta.url));
  const source = `
    import { open } from ${JSON.stringify(silt)};
    const path = ${JSON.stringify(`${folder}/db`)};
    const points = (from) => Array.from({ length: 1500 }, (_, i) =>
      ({ id: from + i, vector: [Math.sin(from + i), Math.cos(7 * i)] }));
    ${script}`;
  const { stdout, stderr, status } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  expect({ stderr, status }).toEqual({ stderr: '', status: 0 });
  return stdout.trim();
}

test('a script that opens and only reads ends by itself', async () => {
  await withFolder(async (folder) => {
    outputOf(
      folder,
      `const db = await open(path);
       await (await db.createCollection('t', { dimension: 2, metric: 'euclidean' })).upsert(points(0));`,
    );
    outputOf(folder, 'await open(path);');
    const search = `const db = await open(path);
      console.log((await db.collection('t').search([1, 0], { k: 2 })).length);`;
    expect(outputOf(folder, search)).toBe('2');
  });
}, 300_000);

test('behind builds that are done, neither a timer nor a thread keeps the process alive', async () => {
  await withFolder(async (folder) => {
    // The second build comes within ten seconds of the first: its sample of recall waits.
    const script = `
      const db = await open(path);
      const t = await db.createCollection('t', { dimension: 2, metric: 'euclidean' });
      for (const from of [0, 5000]) { await t.upsert(points(from)); await t.buildNow(); }
      const idle = () => process.getActiveResourcesInfo().filter((name) => !/^(Pipe|TTY|FS)/.test(name));
      for (let tries = 0; idle().length > 0 && tries < 100; tries++)
        await new Promise((resolve) => setImmediate(resolve)).then(() => new Promise((resolve) => setTimeout(resolve, 50)));
      console.log(JSON.stringify(idle()));`;
    expect(outputOf(folder, script)).toBe('[]');
  });
}, 300_000);

test('threads that end in all ways leave no file of the database open, and no pipe or socket', async () => {
  await withFolder(async (folder) => {
    const script = fileURLToPath(new URL('handles.mjs', import.meta.url));
    const output = execFileSync(process.execPath, [script, folder, `${amount('SILT_ROUNDS', 2, 3)}`], {
      encoding: 'utf8',
    });
    // Files of modules do not count: Node leaves those open that a thread was loading when it was ended.
    const rounds = output
      .trim()
      .split('\n')
      .map((line) =>
        Object.fromEntries(
          Object.entries(JSON.parse(line) as Record<string, number>).filter(
            ([name]) => !/\.c?js$/.test(name),
          ),
        ),
      );
    expect(Object.keys(rounds[0]!).filter((name) => name.startsWith(folder))).toEqual([]);
    expect(rounds.at(-1)).toEqual(rounds[0]);
  });
}, 300_000);
