/* How the page begins: seen with the first answer of the server, which may be busy, and complete with few more. */
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { launched, type Site, site } from './page.js';

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

test('the page is painted, in its style, before any other file is there', async () => {
  const page = await browser.newPage();
  let held = 0;
  await page.route('**/dashboard/**', () => void held++); // never answered
  await page.goto(`${place.server.url}/dashboard`, { waitUntil: 'commit' });
  await expect
    .poll(() => page.evaluate('performance.getEntriesByName("first-contentful-paint").length'), {
      timeout: 20_000,
    })
    .toBe(1);
  expect(held).toBeGreaterThan(0);
  expect(await page.getByText('Silt', { exact: true }).isVisible()).toBe(true);
  expect(await page.evaluate('getComputedStyle(document.querySelector(".head")).display')).toBe('flex');
  await page.close();
});

test('nothing of the first tab waits for another file to name it: all are asked for at once', async () => {
  const page = await browser.newPage();
  const asked = new Set<string>();
  const scripts = (url: string): boolean => /\/dashboard\/\w+(\.\w+)?\.js$/.test(url);
  page.on('request', (request) => scripts(request.url()) && asked.add(request.url()));
  await page.route(scripts as never, () => {}); // never answered
  await page.goto(`${place.server.url}/dashboard`, { waitUntil: 'commit' });
  await expect.poll(() => asked.size, { timeout: 20_000 }).toBeGreaterThan(2);
  const first = new Set(asked);
  const other = await browser.newPage();
  const loaded = new Set<string>();
  other.on('request', (request) => scripts(request.url()) && loaded.add(request.url()));
  // The other tabs are loaded in idle time: here there is none.
  await other.addInitScript('window.requestIdleCallback = () => 0');
  await other.goto(`${place.server.url}/dashboard`);
  await other
    .getByRole('img', { name: /over the last minutes/ })
    .locator('canvas')
    .waitFor();
  expect([...first].sort()).toEqual([...loaded].sort());
  await page.close();
  await other.close();
});
