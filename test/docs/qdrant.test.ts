/* docs/QDRANT.md has each endpoint and each field, and no others; its example prints what it says. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { OPERATIONS } from '#silt/server/qdrant/operations/table.js';
import { printed, promised, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const page = readFileSync(join(ROOT, 'docs/QDRANT.md'), 'utf8');

/** The rows of the table under a heading: what is named, and whether Silt has it. */
function rowsUnder(heading: string): [name: string, has: string][] {
  const part = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  return [...part.matchAll(/^\| `([^`]+)` \| (\w+) \|/gm)].map(([, name, has]) => [name!, has!]);
}

interface Json {
  readonly anyOf?: readonly Json[];
  readonly properties?: object;
}

const membersOf = ({ anyOf, properties }: Json): string[] =>
  anyOf ? anyOf.flatMap(membersOf) : Object.keys(properties ?? {});

test('the table of endpoints is that of the operations', () => {
  const rows = rowsUnder('Endpoints');
  expect(rows.map(([name]) => name)).toEqual(OPERATIONS.map(({ method, path }) => `${method} ${path}`));
  expect(rows.filter(([, has]) => !['yes', 'partly', 'no'].includes(has))).toEqual([]);
});

test('the table of fields has all that the schemas have', () => {
  const rows = rowsUnder('Fields');
  const members = OPERATIONS.flatMap(({ query, body }) =>
    [query, body].flatMap((schema) => (schema ? membersOf(schema.json) : [])),
  );
  expect(rows.map(([name]) => name)).toEqual([...new Set(members)].sort());
  expect(rows.filter(([, has]) => !['yes', 'partly', 'no', 'kept', 'ignored'].includes(has))).toEqual([]);
});

test('its example prints what it says', async () => {
  const [script] = scriptsOf(page);
  expect(await printed(script!)).toBe(promised(script!));
});
