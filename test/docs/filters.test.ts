/* docs/FILTERS.md: its examples run and print what it says, its conditions are taken, its numbers are the code's. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { FILTER_DEPTH_MAX, GRAPH_MIN_ROWS } from '#silt/base/limits.js';
import { compile } from '#silt/filter/evaluate.js';
import { INDEX_KINDS } from '#silt/filter/indexes/value-index.js';
import { parseFilter } from '#silt/filter/parse.js';
import { parsePath } from '#silt/filter/path.js';
import * as filterPlan from '#silt/filter/plan.js';
import * as searchPlan from '#silt/hnsw/plan.js';
import { printed, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const page = readFileSync(join(ROOT, 'docs/FILTERS.md'), 'utf8');

/** What a script says that it prints: comments behind an arrow. An ellipsis stands for anything. */
function promised(script: string): RegExp {
  const said = [...script.matchAll(/^\/\/ → (.*(?:\n\/\/ {3}.*)*)/gm)].map(([, text]) =>
    text!.replaceAll(/\s*\n\/\/ +/g, ' '),
  );
  expect(said.length).toBe([...script.matchAll(/console\.log\(/g)].length);
  const escaped = said.join(' ').replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`);
  return new RegExp(`^${escaped.replaceAll('…', '.*')} $`);
}

test('the examples print what they say', async () => {
  const [script, ...others] = scriptsOf(page);
  expect(others).toEqual([]);
  expect(await printed(script!)).toMatch(promised(script!));
});

/** The rows of the tables under a heading whose first cell is code: that code, and the other cells. */
function rowsOf(heading: string): { code: string; cells: string[] }[] {
  const section = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))!;
  return [...section.matchAll(/^\| `([^`]+)` +\|(.*)\|$/gm)].map(([, code, rest]) => ({
    code: code!,
    cells: rest!.split('|').map((cell) => cell.trim()),
  }));
}

test('every condition of the table is one, and holds where it says of [], null and what is missing', () => {
  const rows = rowsOf('Grammar').filter(({ code }) => code.startsWith('{'));
  expect(rows.length).toBeGreaterThan(12);
  for (const { code, cells } of rows) {
    const condition = new Function(`return (${code})`)();
    const matches = compile(parseFilter({ must: condition }, 'filter', [{ name: 'title', number: 1 }]));
    const key = [...code.matchAll(/key: '(\w+)'/g)][0]?.[1] ?? '';
    for (const [i, payload] of [{ [key]: [] }, { [key]: null }, {}].entries())
      if (/^(yes|no)$/.test(cells[i + 1]!))
        expect(matches(payload, '', () => false) ? 'yes' : 'no', code).toBe(cells[i + 1]);
  }
});

test('every path of the table is one', () => {
  const paths = rowsOf('Paths').map(({ code }) => code);
  expect(paths.length).toBeGreaterThan(5);
  for (const path of paths) expect(parsePath(path, 'path').text).toBe(path);
});

test('every kind of index is in the table', () => {
  for (const kind of INDEX_KINDS) expect(page).toMatch(new RegExp(`^\\|.*\`${kind}\`.*\\|$`, 'm'));
});

test('the numbers of the plans are those of the code', () => {
  const inTables = page
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .join('\n');
  const counts = [
    filterPlan.READ_MAX,
    searchPlan.EXACT_ADMITTED_MAX,
    searchPlan.SCAN_ADMITTED_MAX,
    searchPlan.SCAN_SPARSE_MAX,
    GRAPH_MIN_ROWS,
  ];
  for (const count of counts) expect(inTables).toContain(count.toLocaleString('en-US'));
  expect(filterPlan.AFTERWARDS_SHARE).toBe(0.5);
  for (const share of [filterPlan.ASK_SHARE, searchPlan.SPARSE_SHARE, searchPlan.NEARLY_ALL_SHARE])
    expect(inTables).toContain(`${100 * share} %`);
  expect(page).toContain(`up to ${FILTER_DEPTH_MAX} filters deep`);
});

test('it leads to files that are there', () => {
  for (const [, to] of page.matchAll(/\]\(([^)#:]+)\)/g))
    expect(existsSync(join(ROOT, 'docs', to!)), to).toBe(true);
});
