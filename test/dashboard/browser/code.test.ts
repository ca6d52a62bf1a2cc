/* What the tab Query gives as curl is run by a shell, and answers what the page shows. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, launched, opened, type Site, site } from './page.js';

const KEY = 'all-rights';
/** All that a shell, curl or JSON would take for something else. */
const ODD = 'it\'s "$HOME" `id` $(id) \\ %41 {a,b} [1-3] @file !x #y\né 漢';
let browser: Browser;
let open: Site;
let locked: Site;

beforeAll(async () => {
  browser = await launched();
  [open, locked] = [await site(), await site({ apiKey: KEY })];
  for (const { words } of [open, locked])
    await words.upsert(
      [3, 5].map((id) => ({
        id: 2n ** 60n + BigInt(id),
        vector: Array.from({ length: 32 }, (_, i) => (i === id ? 1 : 0.1)),
        payload: { title: `odd ${ODD}`, note: ODD, [ODD]: 1 },
      })),
    );
}, 60_000);

afterAll(async () => {
  await browser.close();
  await open.close();
  await locked.close();
});

/** What is copied, run by bash: only what stands there, with the key in its variable. */
async function ran(page: Page): Promise<{ hits: { id: string; score: number }[] }> {
  const details = page.locator('details', { hasText: 'Copy curl' });
  if (!(await details.evaluate((one) => one.hasAttribute('open')))) await details.locator('summary').click();
  const command = (await details.locator('pre').textContent())!;
  await page.getByRole('button', { name: 'Copy curl' }).click();
  await page.getByText('Copied.').waitFor();
  expect(await page.evaluate('navigator.clipboard.readText()')).toBe(command);
  const env = { PATH: process.env['PATH'], HOME: '/nowhere', SILT_API_KEY: KEY };
  const { stdout } = await promisify(execFile)(
    'bash',
    ['--norc', '-c', command.replace('curl ', 'curl -sS --fail-with-body ')],
    { env },
  );
  return JSON.parse(stdout);
}

/** Asks, and compares what bash is answered with what is seen. */
async function expectSame(page: Page, least: number): Promise<void> {
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  const rows = page.locator('table[aria-labelledby="hits-title"] tbody tr');
  await rows.first().waitFor();
  await page.waitForTimeout(200);
  const seen = await rows.locator('button').allTextContents();
  const { hits } = await ran(page);
  expect(hits.map(({ id }) => id)).toEqual(seen);
  expect(hits.length).toBeGreaterThanOrEqual(least);
}

test.each(['without a key', 'with a key'])(
  'curl that is copied answers what the page shows, %s',
  async (how) => {
    const place = how === 'with a key' ? locked : open;
    const page = await opened(browser, place, how === 'with a key' ? `#token=${KEY}` : '', {
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    await page.getByRole('tab', { name: 'Query' }).click();
    const filter = JSON.stringify({ must: [{ key: 'note', match: { value: ODD } }] }, null, 2);
    await page.getByRole('radio', { name: 'Like a point' }).check();
    await page.getByLabel(/^Id/).fill(String(2n ** 60n + 3n));
    await page.getByRole('textbox', { name: 'Filter' }).fill(filter);
    await expectSame(page, 1);
    await page.getByRole('radio', { name: 'Text' }).check();
    await page.getByRole('searchbox', { name: 'Words' }).fill(`odd ${ODD.replace('\n', ' ')}`);
    await expectSame(page, 2);
    await page.getByRole('radio', { name: 'JSON' }).check();
    await page
      .getByRole('textbox', { name: 'Query' })
      .fill(
        `{\n  "query": {"id": ${2n ** 60n + 5n}},\n  "k": 5, "filter": {"must_not": [{"is_empty": {"key": ${JSON.stringify(JSON.stringify(ODD))}}}]}}`,
      );
    await expectSame(page, 1);
    await closed(page);
  },
);
