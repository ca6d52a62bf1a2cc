/* The map in a browser: points are drawn, moved, picked and selected, by mouse and by keys, and those that come appear. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, expectAccessible, laidOut, launched, opened, type Site, site } from './page.js';

const SLOW = { timeout: 20_000 };
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

async function map(options = {}): Promise<Page> {
  const page = await opened(browser, place, '#/map/words', { reducedMotion: 'reduce', ...options });
  await laidOut(page);
  return page;
}

const screenshot = async (page: Page): Promise<string> =>
  (await page.getByRole('application').screenshot()).toString('base64');

test('points are drawn; keys move and zoom, and 0 shows all again', async () => {
  const page = await map();
  const plane = page.getByRole('application');
  await page.waitForTimeout(600); // labels have come
  const first = await screenshot(page);
  expect(
    await page.getByRole('list', { name: 'Dense regions' }).getByRole('listitem').count(),
  ).toBeGreaterThan(3);
  await plane.focus();
  const atRest = await screenshot(page);
  for (const key of ['ArrowRight', '+', '-']) {
    const before = await screenshot(page);
    await page.keyboard.press(key);
    await expect.poll(() => screenshot(page)).not.toBe(before);
  }
  await page.keyboard.press('0');
  await expect.poll(() => screenshot(page), { timeout: 5_000 }).toBe(atRest);
  expect(first.length).toBeGreaterThan(5_000);
  await closed(page);
});

test('a line around points selects them, and they open in Points; Escape leaves the lasso', async () => {
  const page = await map();
  const lasso = page.getByRole('button', { name: 'Lasso' });
  await lasso.click();
  await page.getByRole('application').focus();
  await page.keyboard.press('Escape');
  expect(await lasso.getAttribute('aria-pressed')).toBe('false');
  await lasso.click();
  const box = (await page.getByRole('application').boundingBox())!;
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  await page.mouse.move(x - 300, y - 250);
  await page.mouse.down();
  for (const [right, down] of [
    [300, -250],
    [300, 250],
    [-300, 250],
    [-300, -250],
  ] as const)
    await page.mouse.move(x + right, y + down, { steps: 5 });
  await page.mouse.up();
  const said = await page.getByText(/points? selected/).textContent();
  const count = Number(said!.replace(/\D/g, ''));
  expect(count).toBeGreaterThan(20);
  await page.getByRole('button', { name: 'Open in Points' }).click();
  await page.getByText(new RegExp(`of ${count.toLocaleString('en')}$`)).waitFor();
  await closed(page);
});

test('Enter gives the point next to the middle, wherever points were moved to', async () => {
  const page = await map();
  await page.getByRole('application').focus();
  await page.keyboard.press('Enter'); // the point next to the middle
  const heading = page.getByRole('heading', { level: 2 });
  await heading.waitFor();
  expect((await heading.textContent())!.length).toBeGreaterThan(3);
  await page.getByRole('button', { name: 'Open in Points' }).click();
  await page.getByRole('button', { name: 'Find similar' }).waitFor();
  await closed(page);
});

test('a click of the mouse gives a point', async () => {
  const page = await map();
  const { x, y, width, height } = (await page.getByRole('application').boundingBox())!;
  const heading = page.getByRole('heading', { level: 2 });
  const before = await heading.count();
  // Points are not everywhere: along the diagonal, until one was met.
  for (let share = 0.2; share < 0.8 && (await heading.count()) === before; share += 0.01)
    await page.mouse.click(x + share * width, y + share * height);
  await page.getByRole('button', { name: 'Open in Points' }).click();
  await page.getByRole('button', { name: 'Find similar' }).waitFor();
  await closed(page);
});

test('the legend says how many points have a value, and shows one alone', async () => {
  const page = await map();
  const legend = page.getByRole('list', { name: 'Legend' });
  await legend.getByRole('button', { name: /noun/ }).click();
  expect(await legend.getByRole('button', { name: /noun/ }).getAttribute('aria-pressed')).toBe('true');
  const counts = await legend.locator('.number').allTextContents();
  expect(counts.reduce((sum, text) => sum + Number(text.replaceAll(',', '')), 0)).toBeGreaterThanOrEqual(
    2_000,
  );
  await page.getByRole('combobox', { name: 'Colour by' }).selectOption('rank');
  await legend.getByText(/^0 to/).waitFor();
  await closed(page);
});

test('points without the value that colours stand for are in the legend, and can be looked at alone', async () => {
  await place.words.setPayload([24, 28], { mood: 'glad' });
  const page = await map();
  await page.getByRole('combobox', { name: 'Colour by' }).selectOption('mood');
  const none = page.getByRole('list', { name: 'Legend' }).getByRole('button', { name: /^no value/ });
  await none.click();
  expect(await none.getAttribute('aria-pressed')).toBe('true');
  expect(await none.locator('.number').textContent()).toMatch(/^\d,\d98$/);
  await closed(page);
});

test('points that come appear, and those that are deleted go', async () => {
  const page = await map();
  const points = async (): Promise<number> =>
    Number(
      (await page.getByText(/^[\d,]+ points/).textContent())!.replace(/ points.*/, '').replaceAll(',', ''),
    );
  const before = await points();
  await place.stream(500)();
  await expect.poll(points, { timeout: 20_000 }).toBe(before + 500);
  await place.words.delete([1, 2, 3]);
  await expect.poll(points, { timeout: 20_000 }).toBe(before + 497);
  await closed(page);
});

test('what was picked on one layout is forgotten with it, since points have other numbers there', async () => {
  const page = await map();
  await page.getByRole('application').focus();
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Find similar' }).waitFor();
  await page.getByRole('button', { name: 'Close the point' }).click();
  expect(await page.evaluate('document.activeElement.className')).toMatch(/plane/);
  await page.keyboard.press('Enter');
  await page.getByRole('button', { name: 'Find similar' }).waitFor();
  await page.getByRole('button', { name: 'Select what is seen' }).click();
  await page.getByRole('button', { name: 'Lay out again' }).click();
  await page.getByText(/, laying out: /).waitFor();
  await expect.poll(() => page.getByRole('button', { name: 'Find similar' }).count(), SLOW).toBe(0);
  expect(await page.getByText(/points? selected/).count()).toBe(0);
  await laidOut(page);
  await closed(page);
});

test('a payload that changes gives its point another colour', async () => {
  const page = await map();
  const legend = page.getByRole('list', { name: 'Legend' });
  const noun = legend.getByRole('button', { name: /noun/ }).locator('.number');
  const before = Number((await noun.textContent())!.replaceAll(',', ''));
  await place.words.setPayload([4, 8, 12], { kind: 'verb' });
  await expect.poll(() => noun.textContent(), SLOW).toBe((before - 3).toLocaleString('en'));
  await closed(page);
});

test('the map follows the system into the dark while it is open', async () => {
  const page = await map({ colorScheme: 'light' });
  await page.getByRole('combobox', { name: 'Colour by' }).selectOption('');
  await page.waitForTimeout(600); // labels have come
  // The colour of labels, as the canvas has it: the darkest and the brightest pixel.
  const brightest = () =>
    page.evaluate(`(() => {
      const canvas = document.querySelectorAll('.plane canvas')[1];
      const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
      let [most, least] = [0, 255];
      for (let at = 0; at < data.length; at += 4)
        if (data[at + 3] === 255) [most, least] = [Math.max(most, data[at]), Math.min(least, data[at])];
      return [most, least].join();
    })()`);
  const light = await brightest();
  await page.emulateMedia({ colorScheme: 'dark' });
  await expect.poll(brightest, SLOW).not.toBe(light);
  await closed(page);
});

test('the graph is asked like an id, like what words find, and by a vector; its steps are reached by the keyboard', async () => {
  const page = await opened(browser, place, '#/graph/words', { reducedMotion: 'reduce' });
  const found = page.getByRole('list', { name: 'Found' }).getByRole('listitem');
  const ask = async (way: string, box: RegExp, text: string): Promise<void> => {
    await page.getByRole('radio', { name: way }).check({ timeout: 60_000 });
    await page.getByRole('textbox', { name: box }).fill(text);
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
  };
  const { payload, vector } = (await place.words.get(20))!;
  const { title } = payload as { title: string };
  await ask('Id', /^Id/, '20');
  await page.getByRole('heading', { name: `Like ${title}` }).waitFor();
  await found.nth(9).waitFor();
  await ask('Words', /^Words/, title);
  await page.getByRole('heading', { name: /^Like/ }).waitFor();
  await ask(
    'Vector',
    /^Vector/,
    JSON.stringify([...Object.values(vector as Record<string, Float32Array>)[0]!]),
  );
  await page.getByRole('heading', { name: 'Nearest to the vector' }).waitFor();
  expect(await found.first().textContent()).toMatch(new RegExp(`^${title}20 distance `));
  await ask('Vector', /^Vector/, '[1, 2]');
  await page.getByRole('alert').filter({ hasText: '2 components, expected 32' }).waitFor();
  await ask('Id', /^Id/, '"nobody"');
  await page.getByRole('alert').filter({ hasText: 'there is no point' }).waitFor();
  await ask('Id', /^Id/, '20');
  await page.getByRole('button', { name: 'First' }).click();
  await page.getByRole('button', { name: 'Last' }).click();
  await page.getByText('Steps as a table').focus();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Tab');
  expect(await page.evaluate('document.activeElement.className')).toBe('scrolls');
  await expectAccessible(page);
  await closed(page);
});

test('fingers move the map, and two make it larger', async () => {
  const page = await map({ viewport: { width: 390, height: 800 }, hasTouch: true, isMobile: true });
  await page.waitForTimeout(600); // labels have come
  const box = (await page.getByRole('application').boundingBox())!;
  const touch = async (type: string, points: readonly (readonly [number, number])[]): Promise<void> => {
    await session.send('Input.dispatchTouchEvent', {
      type: type as 'touchStart',
      touchPoints: points.map(([x, y], id) => ({ x: box.x + x, y: box.y + y, id })),
    });
  };
  const session = await page.context().newCDPSession(page);
  for (const fingers of [1, 2]) {
    const before = await screenshot(page);
    const at = (step: number) => [[100 + 10 * step, 150] as const, [300, 250] as const].slice(0, fingers);
    await touch('touchStart', at(0));
    for (let step = 1; step < 6; step++) await touch('touchMove', at(step));
    await touch('touchEnd', []);
    await expect.poll(() => screenshot(page)).not.toBe(before);
  }
  await closed(page);
});

/** Counts how often the page itself draws points. */
const COUNTED = `
  globalThis.drawn = 0;
  const { drawArrays } = WebGL2RenderingContext.prototype;
  WebGL2RenderingContext.prototype.drawArrays = function (...o) { globalThis.drawn++; drawArrays.apply(this, o); };`;
const WITHOUT_THREAD = 'delete HTMLCanvasElement.prototype.transferControlToOffscreen;';

test.each([
  ['in a thread, so that the page waits for none', '', 0],
  ['by the page where the browser gives threads no canvas', WITHOUT_THREAD, 1],
])('points are drawn %s', async (_, without, least) => {
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  await context.addInitScript(without + COUNTED);
  const page = await context.newPage();
  await page.goto(`${place.server.url}/dashboard#/map/words`);
  await page.getByRole('combobox', { name: 'Colour by' }).selectOption('kind');
  await page.getByRole('list', { name: 'Legend' }).getByText('noun').waitFor();
  const hide = (which: string): Promise<unknown> =>
    page.evaluate(
      `document.querySelectorAll('.plane canvas').forEach((one, at) => { one.style.visibility = ${which} ? 'hidden' : ''; })`,
    );
  await hide('true');
  const empty = await screenshot(page);
  await hide('at === 1'); // what lies over the points
  await expect.poll(() => screenshot(page), SLOW).not.toBe(empty);
  const drawn = Number(await page.evaluate('drawn'));
  expect([drawn >= least, drawn > 0]).toEqual([true, least > 0]);
  await context.close();
});

test('without WebGL the page says what is missing', async () => {
  await using poor = await launched('--disable-gpu', '--disable-software-rasterizer');
  const page = await poor.newPage();
  await page.goto(`${place.server.url}/dashboard#/map/words`);
  await page.getByText(/This browser has no WebGL/).waitFor();
});
