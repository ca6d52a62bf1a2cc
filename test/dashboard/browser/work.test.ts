/* What one does with the dashboard: by the keyboard alone, with errors, with a key, and what is taken back. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, expectAccessible, launched, opened, type Site, site } from './page.js';

const KEY = 'all-rights';
const READ_KEY = 'only-reading';
let browser: Browser;
let place: Site;

beforeAll(async () => {
  browser = await launched();
  place = await site({ apiKey: KEY, readOnlyApiKey: READ_KEY });
}, 60_000);

afterAll(async () => {
  await browser.close();
  await place.close();
});

/** Opens the page by the link that `silt ui` prints, then goes where the test is. */
async function entered(hash: string, key = KEY): Promise<Page> {
  const page = await opened(browser, place, `#token=${key}`);
  await page.getByRole('tab', { name: 'Overview' }).waitFor();
  expect(page.url()).toBe(`${place.server.url}/dashboard`);
  await page.evaluate(`location.hash = ${JSON.stringify(hash)}`);
  return page;
}

/** What has the focus: its role and name, and that one can see it. */
async function focused(page: Page): Promise<string> {
  return (await page.evaluate(`(() => {
    const { activeElement: one } = document;
    const { outlineStyle } = getComputedStyle(one);
    const box = one.closest('.json-text');
    const visible = outlineStyle !== 'none' || (box && getComputedStyle(box).outlineStyle !== 'none');
    return (one.getAttribute('aria-label') ?? one.textContent) + (visible ? '' : ' (focus not visible)');
  })()`)) as string;
}

/** Presses Tab until something of this name has the focus. */
async function tabTo(page: Page, name: string): Promise<void> {
  for (let i = 0; i < 60; i++) {
    await page.keyboard.press('Tab');
    const at = await focused(page);
    expect(at).not.toContain('not visible');
    if (at === name) return;
  }
  throw new Error(`the Tab key does not reach ${name}`);
}

test('by the keyboard alone: a tab, a filter that is completed, a point, its payload', async () => {
  const page = await entered('#/overview/words');
  await tabTo(page, 'Overview');
  await page.keyboard.press('ArrowRight');
  expect(await focused(page)).toBe('Points');
  await page.getByRole('button', { name: 'Filter' }).waitFor();
  await tabTo(page, 'Filter');
  await page.getByRole('option', { name: /kind/ }).waitFor();
  await page.keyboard.type('kin');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  const filter = page.getByRole('textbox', { name: 'Filter' });
  expect(await filter.inputValue()).toBe('{"must": [{"key": "kind", "match": {"value": "noun"}}]}');
  await page.keyboard.press('Enter');
  await page.getByText('1 to 25 of 500').waitFor();
  await tabTo(page, '8');
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Point 8' }).waitFor();
  await page.getByRole('textbox', { name: 'Payload' }).waitFor();
  await tabTo(page, 'Payload');
  await page.keyboard.press('Control+A');
  await page.keyboard.type('{"kind": "noun", "changed": true}');
  await tabTo(page, 'Replace payload');
  await page.keyboard.press('Enter');
  await page.getByText('Saved.').waitFor();
  expect((await place.words.get(8))?.payload).toEqual({ kind: 'noun', changed: true });
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  await expect.poll(() => page.getByRole('heading', { name: 'Point 8' }).count()).toBe(0);
  await closed(page);
});

test('the short form of a filter is taken too, and how many match is said', async () => {
  const page = await entered('#/points/words');
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('rank>=10 rank<20 kind=noun');
  expect(await page.getByRole('listbox', { name: 'Completions' }).count()).toBe(0);
  await filter.press('Enter');
  await page.getByRole('status').filter({ hasText: '1 to 2 of 2' }).waitFor();
  await filter.fill('rank>=10 kind');
  await filter.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Expected one of' }).waitFor();
  await filter.fill('{"must": {"key": "rank", "range": {"gte": "a"}}}');
  await filter.press('Enter');
  await page.getByRole('status').filter({ hasText: '1 to 2, as before the error' }).waitFor();
  await closed(page);
});

test('a filter that is wrong says where: the place is marked, and the box names the error', async () => {
  const page = await entered('#/points/words');
  const filter = page.getByRole('textbox', { name: 'Filter' });
  await filter.fill('{"must": [{"key": "kind", "mach": {"value": "noun"}}]}');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Did you mean match?' }).waitFor();
  expect(await page.locator('.json-text mark').textContent()).toBe('"mach"');
  expect(await filter.getAttribute('aria-invalid')).toBe('true');
  await expectAccessible(page);
  await filter.fill('{"must": [}');
  await page.keyboard.press('Enter');
  await page.getByRole('alert').filter({ hasText: 'Not JSON: } closes nothing.' }).waitFor();
  await closed(page);
});

test('a deletion waits, can be taken back, and is sent when nobody does', async () => {
  const page = await entered('#/points/words?id=3');
  await page.getByRole('button', { name: 'Delete' }).click();
  const note = page.getByRole('status').filter({ hasText: '3 will be deleted' });
  await note.getByRole('button', { name: 'Undo' }).click();
  await note.waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '5', exact: true }).click();
  await page.getByRole('button', { name: 'Delete' }).click();
  expect(await place.words.has(5)).toBe(true);
  await page.getByText('5 is deleted').waitFor({ timeout: 20_000 });
  expect([await place.words.has(3), await place.words.has(5)]).toEqual([true, false]);
  await expect.poll(() => page.getByRole('button', { name: '5', exact: true }).count()).toBe(0);
  await closed(page);
});

test('a point is written, found again by its vector, and leads to others like it', async () => {
  const page = await entered('#/points/words');
  await page.getByRole('button', { name: 'New point' }).click();
  const vector = JSON.stringify(Array.from({ length: 32 }, (_, i) => (i === 0 ? 1 : 0)));
  await page.getByRole('textbox', { name: 'Point' }).fill(`{"id": "new", "vector": [1]}`);
  await page.getByRole('button', { name: 'Write' }).click();
  await page.getByRole('alert').filter({ hasText: 'has 1 component, expected 32' }).waitFor();
  await page.getByRole('textbox', { name: 'Point' }).fill(`{"id": "new", "vector": ${vector}}`);
  await page.getByRole('button', { name: 'Write' }).click();
  await expect.poll(() => place.words.has('new')).toBe(true);
  await page.evaluate('location.hash = "#/query/words"');
  await page.getByRole('textbox', { name: 'Vector' }).fill(vector);
  await page.getByRole('button', { name: 'Search', exact: true }).click();
  await page.getByRole('button', { name: '"new"' }).click();
  await page.getByRole('button', { name: 'Find similar' }).click();
  await page.getByRole('heading', { name: 'How it was answered' }).waitFor();
  expect(await page.getByLabel(/^Id/).inputValue()).toBe('"new"');
  await page.locator('summary', { hasText: 'TypeScript' }).click();
  await page.getByText(`await db.collection("words").query({"query": {"id": "new"}, "k": 10})`).waitFor();
  await closed(page);
});

test('requests that were sent are there again, also behind a new beginning', async () => {
  const page = await entered('#/console/words');
  await page.getByRole('textbox', { name: 'Body' }).fill('{"lim');
  await page.getByRole('option', { name: /limit/ }).click();
  expect(await page.getByRole('textbox', { name: 'Body' }).inputValue()).toBe('{"limit": ');
  await page.getByRole('textbox', { name: 'Body' }).fill('{"limit": 1}');
  await page.getByRole('button', { name: 'Send' }).click();
  await page.getByText('200 OK').waitFor();
  await page.reload();
  await page.getByRole('button', { name: 'POST /collections/words/points/scroll' }).click();
  expect(await page.getByRole('textbox', { name: 'Body' }).inputValue()).toBe('{"limit": 1}');
  await closed(page);
});

test('without a key the page asks for it, and one that reads only is offered no writing', async () => {
  const page = await opened(browser, place, '#/points/words');
  await page.getByRole('heading', { name: 'This server needs a key' }).waitFor();
  await expectAccessible(page);
  await page.getByLabel('Key').fill('not-a-key');
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByRole('alert').filter({ hasText: 'did not take the key' }).waitFor();
  await page.getByLabel('Key').fill(READ_KEY);
  await page.getByRole('button', { name: 'Open' }).click();
  await page.getByText('read-only').waitFor();
  await page.getByRole('button', { name: '8', exact: true }).click();
  await page.getByRole('button', { name: 'Find similar' }).waitFor();
  for (const name of ['New point', 'Replace payload', 'Delete'])
    expect(await page.getByRole('button', { name }).count()).toBe(0);
  await closed(page);
});

test('a server that goes is said to be gone, and one that comes again is found', async () => {
  const own = await site();
  const page = await opened(browser, own, '#/overview/words');
  await page.getByRole('heading', { name: 'Collections' }).waitFor();
  const { port } = own.server;
  await own.server.close();
  await page.getByText(/No connection/).waitFor({ timeout: 20_000 });
  const { serve } = await import('#silt/server/http/index.js');
  await using _again = await serve({ database: own.database, port });
  await page.getByText(/No connection/).waitFor({ state: 'detached', timeout: 20_000 });
  await page.context().close(); // it has complained of the server that was gone
  await own.database.close();
});
