// @ts-check
// How soon the page is seen, and how soon with data, while words come: each time by a new profile, which has no file of it.
import { watchOthers } from '../base/elsewhere.mjs';
import { wordsServer } from './words.mjs';

/** A second, so that there are some left when the last page is opened. */
const PER_SECOND = 10_000;

const FIRST_PAINT = `new Promise((resolve) => {
  const look = () => {
    const [entry] = performance.getEntriesByName('first-contentful-paint');
    if (entry) resolve(entry.startTime);
    else requestAnimationFrame(look);
  };
  look();
})`;

/** @typedef {{ paints: number[], data: number[], others: number | null }} Paints ms since each page was asked for */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {{ first: number, times: number }} o first: words that are there before
 * @returns {Promise<Paints>}
 */
export async function firstPaints(browser, data, { first, times }) {
  const server = await wordsServer(data, first);
  try {
    const others = watchOthers();
    const streaming = server.stream(PER_SECOND);
    /** @type {Paints} */
    const seen = { paints: [], data: [], others: null };
    for (let time = 0; time < times; time++) {
      const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
      await page.goto(`${server.url}/dashboard`);
      await page.getByRole('heading', { name: 'Collections' }).waitFor();
      seen.data.push(Number(await page.evaluate('performance.now()')));
      seen.paints.push(Number(await page.evaluate(FIRST_PAINT)));
      await page.close();
    }
    seen.others = others();
    await streaming;
    return seen;
  } finally {
    await server.close();
  }
}
