/* The page of options says what the table says, and the table what the types and the checks say. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPTIONS } from '#silt/api/options.js';
import type { Option } from '#silt/base/options.js';
import { ROOT } from '../support/sources.js';

const calls = Object.entries(OPTIONS) as [string, { table: Record<string, Option<unknown>> }][];

test('the page of options is made from the table: npm run docs:options', () => {
  const made = execFileSync(process.execPath, [join(ROOT, 'scripts/options-page.mjs')], { encoding: 'utf8' });
  expect(readFileSync(join(ROOT, 'docs/OPTIONS.md'), 'utf8')).toBe(made);
});

test('every option is described by one sentence', () => {
  for (const [call, { table }] of calls)
    for (const [name, { says }] of Object.entries(table))
      expect(says, `${call} ${name}`).toMatch(/^[A-Z`].*\.$/);
});

test('every default passes its own check', () => {
  for (const { table } of Object.values(OPTIONS) as { table: Record<string, Option<unknown>> }[])
    for (const [name, { check, otherwise }] of Object.entries(table))
      if (otherwise !== undefined) expect(check.of(name, otherwise)).toBe(otherwise);
});

test('every error of a wrong option says what the page says', () => {
  let checked = 0;
  for (const [call, { table }] of calls)
    for (const [name, { check }] of Object.entries(table)) {
      if (/^an? (filter|id|object|name)|^the name/.test(check.type)) continue; // checked by whoever uses it
      expect(() => check.of(name, Symbol('wrong')), `${call} ${name}`).toThrow(
        `${name} must be ${check.type}, got a symbol`,
      );
      checked++;
    }
  expect(checked).toBeGreaterThan(40);
});
