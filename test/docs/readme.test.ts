/* The README's examples run as they stand, and print what they say. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

/** An example without an import goes on where the one before ended. */
function scripts(): string[] {
  const found: string[] = [];
  for (const [, code] of readme.matchAll(/```ts\n([\s\S]*?)```/g)) {
    if (code!.startsWith('import')) found.push(code!);
    else found.push(`${found.pop()}\n${code}`);
  }
  return found;
}

/** Runs an example in a folder of its own, with the package installed; returns what it prints, in one line. */
function printed(script: string): Promise<string> {
  return withFolder(async (folder) => {
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'silt'), 'junction');
    await writeFile(join(folder, 'example.mjs'), script);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
      cwd: folder,
      timeout: 30_000,
    });
    expect(stderr).toBe('');
    return stdout.replaceAll(/\s+/g, ' ');
  });
}

test('there are two', () => {
  expect(scripts()).toHaveLength(2);
});

test('a collection, and many points', async () => {
  expect(await printed(scripts()[0]!)).toMatch(
    new RegExp(
      [
        String.raw`^\[ \{ id: 'east', score: 0\.99\d* \}, \{ id: 7, score: 0\.99\d* \} \]`,
        String.raw`\{ id: 'north', payload: \{ kind: 'direction' \}, vector: Float32Array\(3\) \[ 0, 1, 0 \] \}`,
        '2',
        '2000',
        String.raw`1998 \{ i: 1998 \} 1999 \{ i: 1999 \} east undefined north \{ kind: 'direction' \} $`,
      ].join(' '),
    ),
  );
});

test('the layer underneath', async () => {
  expect(await printed(scripts()[1]!)).toMatch(
    /^\[ \[ 1, 0\.99\d* \], \[ 3, 0\.99\d* \] \] \[ \[ 2, 1 \] \] $/,
  );
});

test('it leads to files that are there', () => {
  for (const [, to] of readme.matchAll(/\]\(([^)#]+)\)/g))
    expect(() => readFileSync(join(ROOT, to!)), to).not.toThrow();
});

test('it stays short', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(145);
  for (const line of readme.split('\n')) expect(line.length, line).toBeLessThanOrEqual(125);
});
