/* The README's example runs as it stands, and prints what it says. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withFolder } from '../support/files.js';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

test('the example of the README', async () => {
  const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');
  const example = /```ts\n([\s\S]*?)```/.exec(readme)?.[1];
  expect(example).toBeDefined();
  await withFolder(async (folder) => {
    const script = example!.replaceAll("'words.silt'", JSON.stringify(join(folder, 'words.silt')));
    const { stdout, stderr } = await promisify(execFile)(
      process.execPath,
      ['--input-type=module', '-e', script],
      {
        cwd: ROOT,
        timeout: 30_000,
      },
    );
    expect(stderr).toBe('');
    const [first, second] = stdout.replaceAll(/\s+/g, ' ').split(/(?<=\] \]) (?=\[ \[)/);
    expect(first).toMatch(/^\[ \[ 1, 0\.99\d* \], \[ 3, 0\.99\d* \] \]/);
    expect(second).toMatch(/^\[ \[ 2, 1 \] \]/);
  });
});
