/* Every tab of the dashboard in a browser, in light and dark, on a screen and a phone, while points stream in. */
import type { Browser, BrowserContextOptions } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, expectAccessible, expectFits, launched, opened, type Site, site } from './page.js';
import { TABS } from './working.js';

let browser: Browser;
let place: Site;
let stop: () => Promise<void>;

beforeAll(async () => {
  browser = await launched();
  place = await site();
  stop = place.stream(100_000);
}, 60_000);

afterAll(async () => {
  await browser.close();
  await stop();
  await place.close();
});

const WAYS: Readonly<Record<string, BrowserContextOptions>> = {
  light: { colorScheme: 'light' },
  dark: { colorScheme: 'dark' },
  'a phone': { colorScheme: 'dark', viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true },
};

for (const [way, options] of Object.entries(WAYS))
  test.each(Object.keys(TABS))(
    `%s in ${way}: it shows what it is for, fits, and axe finds nothing grave`,
    async (tab) => {
      const page = await opened(browser, place, `#/${tab}/words`, { reducedMotion: 'reduce', ...options });
      await TABS[tab]!(page);
      await expectAccessible(page);
      await expectFits(page);
      await closed(page);
    },
  );

test('the colours can be chosen, and the choice stays', async () => {
  const page = await opened(browser, place, '', { colorScheme: 'light' });
  const ground = () => page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
  await page.getByRole('combobox', { name: 'Colours' }).waitFor();
  const light = await ground();
  await page.getByRole('combobox', { name: 'Colours' }).selectOption('dark');
  expect(await ground()).not.toBe(light);
  const dark = await ground();
  await page.reload();
  await page.getByRole('combobox', { name: 'Colours' }).waitFor();
  expect(await ground()).toBe(dark);
  await closed(page);
});

test('the numbers move as points come', async () => {
  const page = await opened(browser, place, '#/overview/words');
  const points = page.locator('.fact', { hasText: 'Points' }).first().locator('dd');
  const first = await points.textContent();
  const stopMore = place.stream(5_000);
  await expect.poll(() => points.textContent(), { timeout: 20_000 }).not.toBe(first);
  await stopMore();
  await closed(page);
});
