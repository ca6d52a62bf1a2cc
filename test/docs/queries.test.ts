/* docs/QUERIES.md: its examples run as they stand and print what they say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printed, promised, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const page = readFileSync(join(ROOT, 'docs/QUERIES.md'), 'utf8');

test('the examples print what they say, the second time as the first', async () => {
  const [script, ...others] = scriptsOf(page);
  expect(others).toEqual([]);
  expect(await printed(script!, 2)).toBe(promised(script!));
});
