/* Who has a database in memory pays nothing for the one on the disk. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

/** Runs a script that has `open`; returns whether LMDB was loaded at its end. */
async function loadsLmdb(script: string): Promise<boolean> {
  const code = `const { open } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)});
    ${script}
    console.log(process.report.getReport().sharedObjects.some((path) => path.includes('lmdb')));
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  return stdout.trim() === 'true';
}

test('the import, and a database in memory, do not load LMDB; a directory does', () =>
  withFolder(async (folder) => {
    expect(
      await loadsLmdb(
        `const c = await (await open()).createCollection('c', { dimension: 1, metric: 'euclidean' });
         await c.upsert({ id: 1, vector: [1] });`,
      ),
    ).toBe(false);
    expect(await loadsLmdb(`await open(${JSON.stringify(join(folder, 'db'))});`)).toBe(true);
  }));

test('the import makes nothing that takes long: no formatter of Intl, no pattern over all of Unicode', async () => {
  const code = `
    const made = [];
    const noting = (of, name, isSlow = () => true) => {
      const before = of[name];
      of[name] = new Proxy(before, {
        construct(target, args) {
          if (isSlow(...args)) made.push(name);
          return Reflect.construct(target, args);
        },
        apply(target, self, args) {
          if (isSlow(...args)) made.push(name);
          return Reflect.apply(target, self, args);
        },
      });
    };
    noting(Number.prototype, 'toLocaleString');
    noting(Intl, 'NumberFormat');
    noting(Intl, 'Segmenter');
    noting(globalThis, 'RegExp', (source) => String(source).includes('scx='));
    await import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)});
    console.log(made.join() || 'nothing');
    process.exit(0);`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', code]);
  expect(stdout.trim()).toBe('nothing');
});
