/* Every promise names the tests that show it, by file and title: they are there. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingOf, namedIn } from '../support/named-tests.js';
import { ROOT } from '../support/sources.js';

const text = readFileSync(join(ROOT, 'docs/GUARANTEES.md'), 'utf8');

test('the tests that are named exist', () => {
  const named = namedIn(text);
  expect(named.length).toBeGreaterThan(100);
  expect(missingOf(named)).toEqual([]);
});
