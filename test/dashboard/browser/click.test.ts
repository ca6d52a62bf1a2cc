/* A click on the map gives the point below the pointer: against the places that the server has, moved and zoomed here by arithmetic of its own. */
import type { Browser, BrowserContextOptions, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, laidOut, launched, opened, type Site, site } from './page.js';

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

type Spot = readonly [x: number, y: number];

async function asked(call: string, body: object): Promise<Response> {
  return fetch(`${place.server.url}/dashboard/api/collections/words/${call}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
}

interface Drawn {
  readonly map: number;
  /** By number, where each point is drawn, from the corner of the map. */
  spots: Spot[];
}

const MARGIN = 24;

/** Where all points are drawn, as the map first shows them: whole, in the middle, with a margin. */
async function drawnIn(width: number, height: number): Promise<Drawn> {
  const { map, points } = (await (await asked('map', {})).json()) as { map: number; points: number };
  const xy = new Float32Array(await (await asked('map-places', { map, from: 0 })).arrayBuffer());
  expect(xy.length).toBe(2 * points);
  const [xs, ys] = [0, 1].map((odd) => [...xy].filter((_, at) => at % 2 === odd)) as [number[], number[]];
  const [left, right, low, high] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
  const scale = Math.min((width - 2 * MARGIN) / (right - left), (height - 2 * MARGIN) / (high - low));
  return {
    map,
    spots: xs.map((x, at) => [
      width / 2 + scale * (x - (left + right) / 2),
      height / 2 - scale * (ys[at]! - (low + high) / 2),
    ]),
  };
}

const far = ([a, b]: Spot, [c, d]: Spot): number => Math.hypot(a - c, b - d);

/** The numbers of the points that are nearest to a spot: one, unless others are as near. */
function nearest({ spots }: Drawn, spot: Spot): { numbers: number[]; distance: number } {
  const distances = spots.map((one) => far(one, spot));
  const distance = Math.min(...distances);
  return { numbers: distances.flatMap((one, at) => (one <= distance + 0.2 ? [at] : [])), distance };
}

async function idsOf({ map }: Drawn, numbers: readonly number[]): Promise<string[]> {
  const found = (await (await asked('map-points', { map, numbers })).json()) as ({ id: string } | null)[];
  return found.map((point) => point!.id);
}

const shownPoint = (page: Page) =>
  page.getByRole('region').filter({ has: page.getByRole('button', { name: 'Close the point' }) });

/** Beside a point the map is narrower, where there is room for both: its place is that without one. */
async function withoutPoint(page: Page): Promise<Box> {
  const plane = page.getByRole('application');
  if ((await shownPoint(page).count()) > 0) {
    const narrow = (await plane.boundingBox())!.width;
    const wide = (await page.locator('main').boundingBox())!.width > 1_000;
    await page.getByRole('button', { name: 'Close the point' }).click();
    if (wide) await expect.poll(async () => (await plane.boundingBox())!.width).not.toBe(narrow);
    await page.waitForTimeout(100);
  }
  return (await plane.boundingBox())!;
}

interface Box {
  readonly x: number;
  readonly y: number;
}

/** Clicks or taps, and tells the id of the point that is shown then; null where there is none. */
async function shownAt(page: Page, [x, y]: Spot, touches: boolean): Promise<string | null> {
  const box = await withoutPoint(page);
  if (touches) await page.touchscreen.tap(box.x + x, box.y + y);
  else await page.mouse.click(box.x + x, box.y + y);
  const shown = shownPoint(page).locator('p.mono');
  await shown.waitFor({ timeout: 3_000 }).catch(() => {});
  return (await shown.count()) === 0 ? null : await shown.textContent();
}

/** Of points that are seen, some: what is clicked is some pixels beside each. */
async function expectPicked(page: Page, drawn: Drawn, size: Spot, touches: boolean): Promise<void> {
  const seen = drawn.spots.filter(([x, y]) => x > 8 && y > 8 && x < size[0] - 8 && y < size[1] - 8);
  expect(seen.length).toBeGreaterThan(15);
  for (let i = 0; i < 12; i++) {
    const [x, y] = seen[Math.floor((i * seen.length) / 12)]!;
    const spot: Spot = [Math.round(x) + (i % 3) - 1, Math.round(y) - (i % 2)];
    const { numbers } = nearest(drawn, spot);
    expect(await idsOf(drawn, numbers), `${spot}`).toContain(await shownAt(page, spot, touches));
  }
}

/** Where there is no point within reach, none is given. */
async function expectNothing(
  page: Page,
  drawn: Drawn,
  [width, height]: Spot,
  touches: boolean,
): Promise<void> {
  for (let x = 10; x < width - 10; x += 7)
    for (let y = 10; y < height - 10; y += 7)
      if (nearest(drawn, [x, y]).distance > 18) {
        expect(await shownAt(page, [x, y], touches)).toBeNull();
        return;
      }
  throw new Error('there are points everywhere');
}

const WAYS: Readonly<Record<string, BrowserContextOptions>> = {
  'a mouse': {},
  'a finger, on a phone': { viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true },
};

test.each(Object.keys(WAYS))('what is below %s is given, also moved and zoomed', async (way) => {
  const options = WAYS[way]!;
  const touches = options.hasTouch ?? false;
  const page = await opened(browser, place, '#/map/words', { reducedMotion: 'reduce', ...options });
  await laidOut(page);
  await expect.poll(async () => ((await (await asked('map', {})).json()) as { share: number }).share).toBe(1);
  await page.waitForTimeout(500); // the last places have come
  // Beside a point that is shown the map is narrower: it is measured as it is while one is.
  const plane = page.getByRole('application');
  const inner = async (): Promise<Spot> =>
    (await plane.evaluate((one: { clientWidth: number; clientHeight: number }) => [
      one.clientWidth,
      one.clientHeight,
    ])) as unknown as Spot;
  const [width, height] = await inner();
  let drawn = await drawnIn(width, height);
  await expectPicked(page, drawn, [width, height], touches);
  await expectNothing(page, drawn, [width, height], touches);
  // Zoomed by the keys, about the middle.
  await plane.focus();
  for (const key of ['+', '+', 'ArrowRight', '+']) await page.keyboard.press(key);
  const zoomed = (spots: Spot[]): Spot[] =>
    spots.map(([x, y]) => [width / 2 + 1.4 * (x - width / 2), height / 2 + 1.4 * (y - height / 2)]);
  const right = (spots: Spot[]): Spot[] => spots.map(([x, y]) => [x - 60, y]);
  drawn = { ...drawn, spots: zoomed(right(zoomed(zoomed(drawn.spots)))) };
  await expectPicked(page, drawn, [width, height], touches);
  if (!touches) {
    // By the wheel, about the pointer; and dragged.
    const [px, py] = [Math.round(width / 3), Math.round(height / 4)];
    const box = await withoutPoint(page);
    await page.mouse.move(box.x + px, box.y + py);
    await page.mouse.wheel(0, -200);
    const by = Math.exp(200 / 400);
    await page.waitForTimeout(100);
    await page.mouse.down();
    await page.mouse.move(box.x + px + 90, box.y + py - 40, { steps: 10 });
    await page.mouse.up();
    drawn = {
      ...drawn,
      spots: drawn.spots.map(([x, y]) => [px + by * (x - px) + 90, py + by * (y - py) - 40]),
    };
    await expectPicked(page, drawn, [width, height], touches);
  }
  await closed(page);
});
