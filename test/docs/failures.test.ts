/* Every way to lose rows names the tests that stand against it, and what comments call T1 to T17 is explained. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { missingOf, namedIn } from '../support/named-tests.js';
import { ROOT, sourcesOf } from '../support/sources.js';

const text = readFileSync(join(ROOT, 'docs/FAILURES.md'), 'utf8');
const sections = text.split(/^## /m).slice(1);

test('the sections are T1 to T17, and each names tests that exist', () => {
  expect(sections.map((section) => section.split(' ')[0])).toEqual(
    Array.from({ length: 17 }, (_, i) => `T${i + 1}`),
  );
  for (const section of sections) {
    const named = namedIn(section);
    expect(named.length, section).toBeGreaterThan(0);
    expect(missingOf(named)).toEqual([]);
  }
});

test('tests that say which of them they are for are named there', () => {
  const named = new Map(sections.map((section) => [section.split(' ')[0]!, namedIn(section)]));
  const missing: string[] = [];
  for (const { path, text } of sourcesOf('test')) {
    if (!path.endsWith('.test.ts') || path.startsWith('test/docs/')) continue;
    const opening = text.slice(0, text.indexOf('*/'));
    for (const [number] of opening.matchAll(/\bT\d+\b/g))
      if (!named.get(number)?.some(({ file }) => file === path)) missing.push(`${number}: ${path}`);
  }
  expect(missing).toEqual([]);
});
