/* The documentation site, as `npm run docs` makes it: a warning of the generator fails, and every link leads somewhere. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ROOT } from '../support/sources.js';

const site = mkdtempSync(join(tmpdir(), 'silt-site-'));
const read = (page: string): string => readFileSync(join(site, page), 'utf8');

beforeAll(() => {
  execFileSync(process.execPath, [join(ROOT, 'scripts/build-site.mjs'), site], { cwd: ROOT });
}, 120_000);
afterAll(() => rmSync(site, { recursive: true, force: true }));

test('every link of the site leads to a page and a heading that are there', () => {
  const pages = readdirSync(site, { recursive: true, encoding: 'utf8' }).filter((file) =>
    file.endsWith('.html'),
  );
  expect(pages.length).toBeGreaterThan(50);
  const anchors = new Map(
    pages.map((page) => [page, new Set([...read(page).matchAll(/ id="([^"]+)"/g)].map(([, id]) => id!))]),
  );
  const broken: string[] = [];
  for (const page of pages)
    for (const [, link] of read(page).matchAll(/ (?:href|src|srcset)="([^"]+)"/g)) {
      if (/^[a-z]+:/.test(link!)) continue;
      const [to, anchor] = link!.split('#') as [string, string?];
      const target = to === '' ? page : join(dirname(page), decodeURIComponent(to));
      const known = anchors.get(target);
      const isThere = known
        ? !anchor || known.has(decodeURIComponent(anchor))
        : existsSync(join(site, target));
      if (!isThere) broken.push(`${page}: ${link}`);
    }
  expect(broken).toEqual([]);
});

test('what a user calls has a page with its methods, also of types that have no name of their own', () => {
  const methods = {
    Database: ['createCollection', 'backup', 'close'],
    Collection: ['upsert', 'search', 'scrollPage', 'waitFor'],
    VectorIndex: ['insertBatchParallel', 'search', 'save'],
    IndexBuilder: ['enqueue', 'triggerBuildAsync', 'flushSync'],
  };
  for (const [type, names] of Object.entries(methods)) {
    const page = read(`interfaces/silt.${type}.html`);
    for (const name of names) expect(page, `${type}.${name}`).toContain(`id="${name.toLowerCase()}"`);
  }
});
