// @ts-check
// How long frames of the page take on one tab, from the moment that words begin to come.
import { watchOthers } from '../base/elsewhere.mjs';
import { percentile } from '../base/numbers.mjs';
import { tabs } from './tabs.mjs';
import { wordsServer } from './words.mjs';

/** Of 60 frames a second three take 50.0 ms: what is above that misses four. */
const LONG_MS = 51;
/** The tabs are loaded in idle time. */
const LOADED_MS = 1_000;

/**
 * @typedef {object} Watched
 * @property {number} frames
 * @property {number} p99 ms from one frame to the next
 * @property {number} worst ms
 * @property {number} long frames of more than 50 ms
 * @property {number} streamed seconds that all words took
 * @property {number | null} others cores that other processes kept busy
 */

const WATCH = `window.frameTimes = [];
  requestAnimationFrame(function next(at) {
    window.frameTimes.push(at);
    requestAnimationFrame(next);
  })`;

/**
 * @param {import('playwright-core').Browser} browser
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {{ tab: string, first: number, seconds: number }} o first: words that are there before
 * @returns {Promise<Watched>}
 */
export async function watched(browser, data, { tab, first, seconds }) {
  const server = await wordsServer(data, first);
  const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
  try {
    const from = tab === 'console' ? 'query' : 'console';
    await page.goto(`${server.url}/dashboard#/${from}/words`);
    await page.getByRole('tab', { name: 'Console' }).waitFor();
    await page.waitForTimeout(LOADED_MS);
    await page.evaluate(WATCH);
    const others = watchOthers();
    const end = page.waitForTimeout(1_000 * seconds);
    const [streamed] = await Promise.all([server.stream(), end, opened(page, tab)]);
    const at = /** @type {number[]} */ (await page.evaluate('window.frameTimes'));
    const times = at.slice(1).map((ms, i) => ms - Number(at[i]));
    return {
      frames: times.length,
      p99: percentile(times, 0.99),
      worst: Math.max(...times),
      long: times.filter((ms) => ms > LONG_MS).length,
      streamed,
      others: others(),
    };
  } finally {
    await page.close();
    await server.close();
  }
}

/** @param {import('playwright-core').Page} page @param {string} tab */
async function opened(page, tab) {
  await page.getByRole('tab', { name: tab, exact: false }).click();
  await tabs[tab]?.(page);
}
