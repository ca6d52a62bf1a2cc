/* Threads whose files are gone, as when the sources of Silt are bundled instead of its package. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { rolldown } from 'rolldown';
import { beforeAll, expect, test } from 'vitest';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

let code: string;

beforeAll(async () => {
  const bundle = await rolldown({
    input: join(ROOT, 'dist/index.js'),
    platform: 'node',
    external: ['lmdb', 'msgpackr', 'roaring-wasm'],
    onLog: () => {},
  });
  const { output } = await bundle.generate({ format: 'esm', codeSplitting: false });
  code = output[0].code;
  await bundle.close();
});

/** Runs a script below the code of the bundle, in a process of its own; returns what it prints. */
async function inBundle(script: string): Promise<string> {
  const running = promisify(execFile)(process.execPath, ['--input-type=module'], {
    cwd: ROOT,
    timeout: 20_000,
  });
  running.child.stdin!.end(`${code}\n${script}`);
  return (await running).stdout;
}

const POINTS = 'Array.from({ length: 2_000 }, (_, i) => ({ id: i, vector: [i % 7, i % 11] }))';
const CONFIG = "{ dimension: 2, metric: 'euclidean' }";

test('a database in a directory says that the file of its writing thread is missing, and does not blame the disk', () =>
  withFolder(async (folder) => {
    const said = await inBundle(`
      const db = await open(${JSON.stringify(join(folder, 'db'))});
      const error = await db.createCollection('c', ${CONFIG}).catch((error) => error);
      console.log(error.code, error.message);
      process.exit();`);
    expect(said).toContain('STORE_FAILED the writing thread could not be started for a write to');
    expect(said).toContain('is Silt bundled');
    expect(said).toContain('the write was not kept');
    expect(said).not.toContain('disk');
  }));

test('a database in memory says in its status why no worker thread could be started', async () => {
  const said = await inBundle(`
    const points = await (await open()).createCollection('c', ${CONFIG});
    await points.upsert(${POINTS});
    await points.buildNow().catch(() => {});
    console.log(JSON.stringify(points.status()));
    process.exit();`);
  expect(said).toContain('no worker thread could be started');
  expect(said).toContain('is Silt bundled');
});
