/*
 * docs/QDRANT.md has each endpoint and each field, and no others. What its cells say is so: what is kept is given back, what is 501 answers
 * that, the bounds are those that hold. Its example prints what it says.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import * as limits from '#silt/base/limits.js';
import { open } from '#silt/index.js';
import { QdrantClient } from '#silt/server/qdrant/index.js';
import { type AnyOperation, run } from '#silt/server/qdrant/operation.js';
import { OPERATIONS } from '#silt/server/qdrant/operations/table.js';
import { Service } from '#silt/server/qdrant/service.js';
import { NOT_HERE } from '../server/qdrant/not-here.js';
import { CREATED, givenBack } from '../server/qdrant/whole.js';
import { printed, promised, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const page = readFileSync(join(ROOT, 'docs/QDRANT.md'), 'utf8');

interface Row {
  readonly name: string;
  readonly has: string;
  readonly text: string;
}

/** The rows of the table under a heading: what is named, whether Silt has it, and what else is said. */
function rowsUnder(heading: string): Row[] {
  const part = page.split(`\n## ${heading}\n`)[1]!.split('\n## ')[0]!;
  const rows = part.matchAll(/^\| `([^`]+)` \| (\w+) \|(?: (.*))? \|$/gm);
  return [...rows].map(([, name, has, text]) => ({ name: name!, has: has!, text: text ?? '' }));
}

const ENDPOINTS = rowsUnder('Endpoints');
const FIELDS = rowsUnder('Fields');
const ALL = [...ENDPOINTS, ...FIELDS];
const pathOf = ({ method, path }: AnyOperation): string => `${method} ${path}`;

interface Json {
  readonly anyOf?: readonly Json[];
  readonly properties?: object;
}

const membersOf = ({ anyOf, properties }: Json): string[] =>
  anyOf ? anyOf.flatMap(membersOf) : Object.keys(properties ?? {});

test('the table of endpoints is that of the operations', () => {
  expect(ENDPOINTS.map(({ name }) => name)).toEqual(OPERATIONS.map(pathOf));
  expect(ENDPOINTS.filter(({ has }) => !['yes', 'partly', 'no'].includes(has))).toEqual([]);
});

test('the table of fields has all that the schemas have', () => {
  const members = OPERATIONS.flatMap(({ query, body }) =>
    [query, body].flatMap((schema) => (schema ? membersOf(schema.json) : [])),
  );
  expect(FIELDS.map(({ name }) => name)).toEqual([...new Set(members)].sort());
  expect(FIELDS.filter(({ has }) => !['yes', 'partly', 'no', 'kept', 'ignored'].includes(has))).toEqual([]);
});

test('what is said to be kept is given back', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  await client.createCollection('c', CREATED);
  const back = await givenBack(client, 'c');
  const kept = FIELDS.filter(({ has, text }) => has === 'kept' || /\bkept\b/.test(text)).map(
    ({ name }) => name,
  );
  expect(kept).toContain('quantization_config');
  for (const name of kept) {
    expect(Object.keys(CREATED), name).toContain(name);
    expect(back[name], name).toEqual(CREATED[name as keyof typeof CREATED]);
  }
});

describe('what is said to be 501 is so', () => {
  const refused = ENDPOINTS.filter(({ text }) => /^(501|405)\b/.test(text));
  const others = ALL.filter((row) => !refused.includes(row) && /\b501\b/.test(row.text));

  test.each(refused)('$name', async ({ name, text }) => {
    await using database = await open();
    const operation = OPERATIONS.find((one) => pathOf(one) === name)!;
    const asked = async () => run(operation, await Service.over(database), {}, {}, {});
    await expect(asked()).rejects.toMatchObject({ status: Number(text.slice(0, 3)) });
  });

  test.each(others)('$name', async ({ name }) => {
    expect(Object.keys(NOT_HERE)).toContain(name);
    for (const call of NOT_HERE[name]!) {
      await using client = new QdrantClient({ location: ':memory:' });
      const vectors = { size: 2, distance: 'Dot' } as const;
      await client.createCollection('c', { vectors, sparse_vectors: { s: {} } });
      await expect(call(client), String(call)).rejects.toMatchObject({ status: 501 });
    }
  });

  test('and all of these are said', () => {
    expect(Object.keys(NOT_HERE).filter((name) => !others.some((row) => row.name === name))).toEqual([]);
  });
});

/** What holds where a cell has a number, in the order of the cell. */
const BOUNDS: Readonly<Record<string, readonly number[]>> = {
  'PUT /collections/{collection_name}/points': [limits.WRITE_POINTS_MAX],
  context: [limits.EXAMPLES_MAX],
  filter: [limits.FILTER_DEPTH_MAX, limits.FILTER_CONDITIONS_MAX],
  hnsw_config: [limits.M_MIN, limits.M_MAX, limits.EF_CONSTRUCTION_MAX],
  limit: [limits.K_MAX, limits.GROUPS_MAX],
  negative: [limits.EXAMPLES_MAX],
  operations: [limits.OPERATIONS_MAX, limits.FILTERED_OPERATIONS_MAX],
  points: [limits.WRITE_POINTS_MAX],
  positive: [limits.EXAMPLES_MAX],
  prefetch: [limits.QUERY_DEPTH_MAX, limits.QUERY_STEPS_MAX],
  sample: [limits.MATRIX_SAMPLE_MAX],
  searches: [limits.QUERIES_MAX, limits.HITS_MAX],
};

test('the bounds of cells are those that hold', () => {
  const bounds = ALL.flatMap(({ name, text }) => {
    const said = text.replace(/`[^`]*`|SHA-256|float32|\b(400|405|501)\b/g, '');
    const numbers = [...said.matchAll(/[1-9][\d,]*/g)].map(([number]) => Number(number.replaceAll(',', '')));
    return numbers.length > 0 ? [[name, numbers] as const] : [];
  });
  expect(Object.fromEntries(bounds)).toEqual(BOUNDS);
});

test('its example prints what it says', async () => {
  const [script] = scriptsOf(page);
  expect(await printed(script!)).toBe(promised(script!));
});
