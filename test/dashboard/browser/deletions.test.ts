/* Deletions of the dashboard, which can be taken back for a while; and what a server that only reads offers. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { CALLS } from '#silt/server/dashboard/calls.js';
import { serve } from '#silt/server/http/index.js';
import { closed, launched, opened, type Site, site } from './page.js';
import { TABS } from './working.js';

/** A deletion waits six seconds. */
const WAIT_MS = 6_000;
const LATE = { timeout: 20_000 };
let browser: Browser;
let place: Site;

beforeAll(async () => {
  browser = await launched();
  place = await site();
}, 60_000);

afterAll(async () => {
  await browser.close();
  await place.close();
});

async function deleting(page: Page, id: number): Promise<void> {
  await page.evaluate(`location.hash = '#/points/words?id=${id}'`);
  await page.getByRole('heading', { name: `Point ${id}`, exact: true }).waitFor();
  await page.getByRole('button', { name: 'Delete' }).click();
  await page.getByText(`${id} will be deleted`, { exact: true }).waitFor();
}

const note = (page: Page, id: number) =>
  page
    .getByRole('status')
    .locator('p')
    .filter({ hasText: new RegExp(`^${id} `) });

test('of two deletions at once, each can be taken back by itself, also late', async () => {
  const page = await opened(browser, place, '#/points/words');
  await deleting(page, 21);
  await page.waitForTimeout(WAIT_MS / 2);
  await deleting(page, 22);
  await deleting(page, 23);
  await note(page, 22).getByRole('button', { name: 'Undo' }).click();
  await page.getByText('21 is deleted', { exact: true }).waitFor(LATE);
  expect(await place.words.has(23)).toBe(true); // its time is not over
  await page.getByText('23 is deleted', { exact: true }).waitFor(LATE);
  await page.waitForTimeout(WAIT_MS / 2);
  expect(await Promise.all([21, 22, 23].map((id) => place.words.has(id)))).toEqual([false, true, false]);
  await closed(page);
});

test('a deletion goes on behind other tabs of the page, and can be taken back there', async () => {
  const page = await opened(browser, place, '#/points/words');
  await deleting(page, 31);
  await deleting(page, 32);
  await page.getByRole('tab', { name: 'Query' }).click();
  await note(page, 31).getByRole('button', { name: 'Undo' }).click();
  await page.getByText('32 is deleted', { exact: true }).waitFor(LATE);
  expect([await place.words.has(31), await place.words.has(32)]).toEqual([true, false]);
  await closed(page);
});

test.each(['reloaded', 'closed'])('what waits when the page is %s is not deleted', async (how) => {
  const page = await opened(browser, place, '#/points/words');
  await deleting(page, 41);
  await deleting(page, 42);
  if (how === 'reloaded') {
    await page.reload();
    await page.getByRole('tab', { name: 'Points' }).waitFor();
  } else await page.goto('about:blank');
  await new Promise((resolve) => setTimeout(resolve, WAIT_MS + 1_500));
  expect([await place.words.has(41), await place.words.has(42)]).toEqual([true, true]);
  await closed(page);
});

test('a deletion that the server refuses is said, and the point is there', async () => {
  const page = await opened(browser, place, '#/points/words');
  await page.route('**/delete', (route) =>
    route.fulfill({
      status: 403,
      contentType: 'application/json',
      body: '{"error":{"code":null,"message":"no"}}',
    }),
  );
  await deleting(page, 51);
  await page.getByText('51 was not deleted').waitFor(LATE);
  await note(page, 51).getByRole('button', { name: 'Close' }).click();
  await expect.poll(() => note(page, 51).count()).toBe(0);
  expect(await place.words.has(51)).toBe(true);
  await closed(page);
});

/** What the page offers for writing, by its names. */
const WRITING = ['New point', 'Write', 'Replace payload', 'Merge into it', 'Delete'];

test('read-only on request: no tab offers writing, and the server refuses it as well', async () => {
  await using server = await serve({ database: place.database, port: 0, readOnly: true });
  const reading = { ...place, server };
  for (const tab of Object.keys(TABS)) {
    const page = await opened(browser, reading, `#/${tab}/words`, { reducedMotion: 'reduce' });
    await page.getByText('read-only').waitFor();
    await TABS[tab]!(page);
    for (const name of WRITING)
      expect(await page.getByRole('button', { name, exact: true }).count(), `${tab}: ${name}`).toBe(0);
    if (tab === 'points')
      expect(await page.getByRole('textbox', { name: 'Payload' }).getAttribute('readonly')).not.toBeNull();
    await closed(page);
  }
  const before = await place.words.info();
  const point = { id: 1, vector: Array(32).fill(1), payload: {} };
  const bodies = {
    points: [point],
    ids: ['1'],
    id: '1',
    payload: {},
    name: 'more',
    field: { text: { path: 'x' } },
    path: 'x',
    kind: 'keyword',
    filter: {},
  };
  const ask = (path: string, method: string, body: object) =>
    fetch(`${server.url}/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
  const writing = Object.entries(CALLS).flatMap(([name, { writes }]) => (writes ? [name] : []));
  expect(writing).toEqual(expect.arrayContaining(['upsert', 'delete', 'payload']));
  for (const name of writing)
    expect([name, (await ask(`dashboard/api/collections/words/${name}`, 'POST', bodies)).status]).toEqual([
      name,
      403,
    ]);
  expect((await ask('dashboard/api/create', 'POST', { name: 'more', config: {} })).status).toBe(403);
  expect((await ask('collections/words/points?wait=true', 'PUT', { points: [point] })).status).toBe(403);
  expect((await ask('collections/words', 'DELETE', {})).status).toBe(403);
  expect((await place.words.info()).seq).toBe(before.seq);
});

test('the console of a server that only reads tells its refusal, and changes nothing', async () => {
  await using server = await serve({ database: place.database, port: 0, readOnly: true });
  const page = await opened(browser, { ...place, server }, '#/console/words');
  const before = (await place.words.info()).seq;
  await page.getByRole('combobox', { name: 'Method' }).selectOption('DELETE');
  await page.getByLabel('Path').fill('/collections/words');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText(/^403 /).waitFor();
  expect((await place.words.info()).seq).toBe(before);
  await closed(page);
});
