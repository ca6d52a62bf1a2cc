/* The README's examples run as they stand, and print what they say. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { printed, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8');

const scripts = scriptsOf(readme);

test('they are one script', () => {
  expect(scripts).toHaveLength(1);
});

test('the first lines run twice and print the same; so does all of it', async () => {
  const first = scripts[0]!.split('\n\nawait trees.upsert({')[0]!;
  const hit = String.raw`\{ id: 'oak', score: 0\.99\d*, payload: \{ name: 'Oak', height: 21 \} \}`;
  expect(await printed(`${first}\nawait db.close();`, 2)).toMatch(new RegExp(`^${hit} $`));
  expect(await printed(scripts[0]!, 2)).toMatch(
    new RegExp(
      `^${[
        hit,
        String.raw`\{ name: 'Silver fir', height: 45 \}`,
        'false',
        String.raw`\[ 'oak' \]`,
        'yew',
        '2000 1982',
        '1899 104',
        '100 string',
      ].join(' ')} $`,
    ),
  );
});

test('it stays short', () => {
  expect(readme.split('\n').length).toBeLessThanOrEqual(155);
  for (const line of readme.split('\n')) expect(line.length, line).toBeLessThanOrEqual(125);
});
