/* How each tab of the dashboard is worked, until it shows what it is for. */

import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { laidOut } from './page.js';

type Work = (page: Page) => Promise<unknown>;

/** Brings a tab to show something. */
export const TABS: Readonly<Record<string, Work>> = {
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

const BAD_FILTER = '{"must": [{"key": "kind", "mach": {"value": "noun"}}]}';

/** Beyond that: what opens is open, and what can go wrong has gone wrong and is said. */
export const WORKED: Readonly<Record<string, readonly Work[]>> = {
  overview: [],
  points: [
    (page) => page.locator('summary').first().click(),
    async (page) => {
      await page.getByRole('textbox', { name: 'Payload' }).fill('{"kind": }');
      await page.getByRole('button', { name: 'Replace payload' }).click();
      await page.getByRole('alert').filter({ hasText: 'Not JSON' }).waitFor();
    },
    async (page) => {
      await page.getByRole('button', { name: 'Delete' }).click();
      await page.getByRole('button', { name: 'Undo' }).waitFor();
    },
    (page) => page.getByRole('button', { name: 'Undo' }).click(),
    async (page) => {
      await page.getByRole('button', { name: 'New point' }).click();
      await page.getByRole('textbox', { name: 'Point' }).fill('{"id": 7, "vector": [1]}');
      await page.getByRole('button', { name: 'Write' }).click();
      await page.getByRole('alert').filter({ hasText: 'expected 32' }).waitFor();
    },
    async (page) => {
      await page.getByRole('textbox', { name: 'Filter' }).fill(BAD_FILTER);
      await page.getByRole('button', { name: 'Filter' }).click();
      await page.getByRole('alert').filter({ hasText: 'Did you mean match?' }).waitFor();
    },
    async (page) => {
      await page.getByRole('textbox', { name: 'Filter' }).fill('{"mu');
      await page.getByRole('option', { name: /must/ }).first().waitFor();
    },
  ],
  query: [
    async (page) => {
      for (const name of ['TypeScript', 'curl']) await page.locator('summary', { hasText: name }).click();
      await page.getByRole('button', { name: 'Copy curl' }).click();
    },
    async (page) => {
      await page.getByRole('textbox', { name: 'Filter' }).fill(BAD_FILTER);
      await page.getByRole('button', { name: 'Search', exact: true }).click();
      await page.getByRole('alert').first().waitFor();
    },
    ...['Vector', 'Like a point', 'Text', 'JSON'].map((way) => async (page: Page) => {
      await page.getByRole('radio', { name: way, exact: true }).check();
    }),
  ],
  map: [
    (page) => page.getByRole('button', { name: 'Select what is seen' }).click(),
    (page) => page.getByRole('button', { name: 'Lasso' }).click(),
    (page) => page.getByRole('list', { name: 'Legend' }).getByRole('button', { name: /noun/ }).click(),
    (page) => page.getByRole('combobox', { name: 'Colour by' }).selectOption('rank'),
  ],
  graph: [
    (page) => page.getByText('Steps as a table').click(),
    async (page) => {
      await page.getByRole('radio', { name: 'Vector' }).check();
      await page.getByRole('textbox', { name: /^Vector/ }).fill('[1, 2]');
      await page.getByRole('button', { name: 'Ask', exact: true }).click();
      await page.getByRole('alert').filter({ hasText: 'expected 32' }).waitFor();
    },
    (page) => page.getByRole('radio', { name: 'Words' }).check(),
    (page) => page.getByRole('radio', { name: 'Id' }).check(),
  ],
  quality: [],
  console: [
    async (page) => {
      await page.getByRole('textbox', { name: 'Body' }).fill('{"limit": "x"}');
      await page.getByRole('button', { name: 'Send' }).click();
      await page.getByText(/^4\d\d /).waitFor();
    },
    async (page) => {
      await page.getByRole('textbox', { name: 'Body' }).fill('{"lim');
      await page.getByRole('option', { name: /limit/ }).waitFor();
    },
  ],
};
