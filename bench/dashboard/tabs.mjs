// @ts-check
// What somebody does on each tab of the dashboard while words stream in.

/** @typedef {import('playwright-core').Page} Page */

const WAIT = { timeout: 60_000 };

/** @type {Record<string, (page: Page) => Promise<unknown>>} */
export const tabs = {
  overview: (page) =>
    page
      .getByRole('img', { name: /over the last minutes/ })
      .locator('canvas')
      .waitFor(WAIT),
  points: async (page) => {
    await page.getByRole('button', { name: '7', exact: true }).click(WAIT);
    await page.getByRole('button', { name: 'Find similar' }).waitFor(WAIT);
  },
  query: async (page) => {
    await page.getByRole('button', { name: 'Vector of a random point' }).click(WAIT);
    await page
      .getByRole('textbox', { name: 'Vector' })
      .and(page.locator(':not(:placeholder-shown)'))
      .waitFor(WAIT);
    await page.getByRole('button', { name: 'Search', exact: true }).click(WAIT);
    await page.getByRole('heading', { name: 'How it was answered' }).waitFor(WAIT);
  },
  map: async (page) => {
    await page.getByText(/^[\d,]+ points/).waitFor(WAIT);
    await page.getByRole('application').focus();
    await page.keyboard.press('+');
    await page.keyboard.press('0');
    await page.keyboard.press('Enter');
  },
  graph: async (page) => {
    await page.getByRole('button', { name: 'Query like a random point' }).click(WAIT);
    await page.getByRole('button', { name: 'Play' }).click(WAIT);
  },
  quality: (page) => page.getByRole('button', { name: 'Measure' }).click(WAIT),
  console: async (page) => {
    await page.getByRole('button', { name: 'Send' }).click(WAIT);
    await page.getByText('200 OK').waitFor(WAIT);
  },
};
