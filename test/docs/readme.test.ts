/* The README's examples run as they stand, and print what they say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printed, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

const scripts = scriptsOf(readme);

test('there are two', () => {
  expect(scripts).toHaveLength(2);
});

test('a collection, and many points', async () => {
  expect(await printed(scripts[0]!)).toMatch(
    new RegExp(
      [
        String.raw`^\[ \{ id: 'east', score: 0\.99\d* \}, \{ id: 7, score: 0\.99\d* \} \]`,
        String.raw`\{ id: 'north', payload: \{ kind: 'direction' \}, vector: Float32Array\(3\) \[ 0, 1, 0 \] \}`,
        '2',
        String.raw`\[ \{ id: 'oak', score: 0\.8\d*, payload: \{ kind: 'tree', heights: \[Array\] \} \} \]`,
        '2',
        '2000',
        String.raw`1998 \{ i: 1998 \} 1999 \{ i: 1999 \} east undefined north \{ kind: 'direction' \} $`,
      ].join(' '),
    ),
  );
});

test('the layer underneath', async () => {
  expect(await printed(scripts[1]!)).toMatch(/^\[ \[ 1, 0\.99\d* \], \[ 3, 0\.99\d* \] \] $/);
});

test('it leads to files that are there', () => {
  for (const [, to] of readme.matchAll(/\]\(([^)#]+)\)/g))
    expect(() => readFileSync(join(ROOT, to!)), to).not.toThrow();
});

test('it stays short', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(145);
  for (const line of readme.split('\n')) expect(line.length, line).toBeLessThanOrEqual(125);
});
