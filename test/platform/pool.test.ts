/* The worker pool, seen from the processes that use it. */
import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { nodePlatform } from '#silt/platform/node/node.js';
import { withFolder } from '../support/files.js';

const { pool } = nodePlatform;

async function inProcess(script: string, options = ''): Promise<string> {
  const setup = `import { AsyncIndexBuilder, HnswIndex } from '#silt/index.js';
    const vector = (i) => Float32Array.from({ length: 32 }, (_, at) => Math.sin(i * 7 + at * 1.3));
    const index = new HnswIndex({ dimension: 32, metric: 'l2', threads: 2 });
    const builder = new AsyncIndexBuilder(index);
    builder.enqueue(Array.from({ length: 500 }, (_, i) => [i, vector(i)]));\n`;
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '-e', setup + script],
    {
      cwd: new URL('../..', import.meta.url),
      env: { ...process.env, NODE_OPTIONS: options },
      timeout: 15_000,
    },
  );
  return stdout.trim();
}

test('idle workers do not keep a process alive', async () => {
  expect(
    await inProcess("await builder.triggerBuildAsync(); console.log('built', builder.bufferLength);"),
  ).toBe('built 0');
});

test('a build that nobody awaits is finished before the process ends', async () => {
  const said = await inProcess("builder.triggerBuildAsync().then((r) => console.log('linked', r.linked));");
  expect(said).toBe('linked 500');
});

test('flushSync needs no event loop', async () => {
  expect(await inProcess("console.log('flushed', builder.flushSync());")).toBe('flushed 500');
});

test('flushSync twice at once, with cold and with warm workers', async () => {
  const script = `const a = builder.flushSync();
    builder.enqueue(Array.from({ length: 500 }, (_, i) => [1000 + i, vector(1000 + i)]));
    const b = builder.flushSync();
    builder.enqueue(Array.from({ length: 100 }, (_, i) => [2000 + i, vector(2000 + i)]));
    const { linked } = await builder.triggerBuildAsync();
    console.log(a, b, linked, index.verify().ok);`;
  expect(await inProcess(script)).toBe('500 500 100 true');
});

test('many indexes build at the same time, each gets its turn', async () => {
  const script = `const builders = Array.from({ length: 30 }, () => {
      const one = new AsyncIndexBuilder(new HnswIndex({ dimension: 32, metric: 'l2', threads: 2 }));
      one.enqueue(Array.from({ length: 60 }, (_, i) => [i, vector(i)]));
      return one;
    });
    const reports = await Promise.all([builder, ...builders].map((one) => one.triggerBuildAsync()));
    console.log(reports.reduce((sum, r) => sum + r.linked, 0));`;
  expect(await inProcess(script)).toBe(String(500 + 30 * 60));
});

test('where no worker can be started, a build ends all the same: linked here, or with a BuildError', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'die.cjs');
    await writeFile(path, "if (!require('node:worker_threads').isMainThread) process.exit(3);");
    const script = `const outcome = await builder.triggerBuildAsync().then((r) => r.linked, (error) => error.code);
      console.log(outcome, builder.isBuilding, builder.search(vector(3), 1)[0][0], builder.flushSync() + index.verify().linked);
      process.exit();`;
    const said = await inProcess(script, `--require ${path}`);
    expect(['500 false 3 500', 'BUILD_FAILED false 3 1000']).toContain(said);
  });
});

test('a task that throws rejects with what it threw, and the worker lives on', async () => {
  const module = new URL(
    'data:text/javascript,export function run(x) { if (x < 0) throw new RangeError("below"); return x + 1; }',
  );
  await expect(pool.run<number>(module, -1, 'link').result).rejects.toThrow('below');
  expect(await pool.run<number>(module, 41, 'link').result).toBe(42);
});

test('a task that is terminated rejects with WORKER_LOST, running or waiting', async () => {
  const busy = new URL('data:text/javascript,export function run() { for (;;); }');
  const tasks = Array.from({ length: 12 }, () => pool.run<never>(busy, 0, 'link'));
  const outcomes = tasks.map((task) => task.result.catch((error: { code?: string }) => error.code));
  await new Promise((resolve) => setTimeout(resolve, 100));
  for (const task of tasks.reverse()) task.terminate();
  expect(new Set(await Promise.all(outcomes))).toEqual(new Set(['WORKER_LOST']));
  const quick = new URL('data:text/javascript,export function run(x) { return x; }');
  expect(await pool.run<number>(quick, 7, 'link').result).toBe(7);
});
