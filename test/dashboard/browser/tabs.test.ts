/* Every tab of the dashboard in a browser, in light and dark, on a screen and a phone, while points stream in. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, expectAccessible, expectFits, laidOut, launched, opened, type Site, site } from './page.js';

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

/** How each tab is brought to show something. */
const TABS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  overview: (page) =>
    page
      .getByRole('img', { name: /Points of words over the last minutes/ })
      .locator('canvas')
      .waitFor(),
  points: async (page) => {
    await page.getByRole('button', { name: '7', exact: true }).click();
    await page.getByRole('button', { name: 'Find similar' }).waitFor();
  },
  query: async (page) => {
    await page.getByRole('radio', { name: 'Hybrid' }).check();
    await page.getByRole('button', { name: 'Vector of a random point' }).click();
    await page.getByRole('searchbox', { name: 'Words' }).fill('kalomi');
    await expect.poll(() => page.getByRole('textbox', { name: 'Vector' }).inputValue()).not.toBe('');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('heading', { name: 'How it was answered' }).waitFor();
  },
  map: async (page) => {
    await laidOut(page);
    await page.getByRole('list', { name: 'Legend' }).getByText('noun').waitFor();
    await page.getByRole('application').focus();
    await page.keyboard.press('Enter');
    await page.getByRole('button', { name: 'Find similar' }).waitFor();
  },
  graph: async (page) => {
    await page.getByRole('button', { name: 'Query like a random point' }).click({ timeout: 60_000 });
    await page.getByText(/^Step (\d+) of \1,/).waitFor(); // what was found is seen at first
    await page
      .getByRole('list', { name: 'What is drawn' })
      .getByText(/^found$/)
      .waitFor();
    await page.getByRole('button', { name: 'First' }).click();
    await page.getByRole('button', { name: 'Next' }).click();
    await page.getByText('Step 2 of').waitFor();
    const last = page.getByRole('list', { name: 'Found' }).getByRole('listitem').nth(9);
    expect(await last.textContent()).toMatch(/distance 0\.\d/);
  },
  quality: async (page) => {
    await page.getByRole('button', { name: 'Measure' }).click();
    await page
      .getByRole('img', { name: /Recall measured/ })
      .locator('canvas')
      .waitFor();
  },
  console: async (page) => {
    await page.getByRole('button', { name: 'Send' }).click();
    await page.getByText('200 OK').waitFor();
  },
};

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
