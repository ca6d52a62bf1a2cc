/* The dashboard after it has been worked: everything has a name, and nothing moves for who asks for that. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closed, expectAccessible, launched, opened, type Site, site } from './page.js';
import { TABS, WORKED } from './working.js';

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

interface Node {
  readonly ignored: boolean;
  readonly role?: { readonly value: string };
  readonly name?: { readonly value: string };
  readonly nodeId: string;
  readonly parentId?: string;
}

/** What one acts on or looks at: each is told by its name. */
const NAMED = new Set(
  (
    'button link textbox searchbox combobox listbox option checkbox radio tab tabpanel img image table grid canvas ' +
    'application slider spinbutton switch dialog progressbar menuitem DisclosureTriangle Canvas'
  ).split(' '),
);

/** Of the tree that screen readers are given, what has no name; and how many have one. */
async function nameless(page: Page): Promise<{ without: string[]; named: number }> {
  const session = await page.context().newCDPSession(page);
  const { nodes } = (await session.send('Accessibility.getFullAXTree')) as unknown as { nodes: Node[] };
  await session.detach();
  const asked = nodes.filter(({ ignored, role }) => !ignored && NAMED.has(role?.value ?? ''));
  const bare = asked.filter(({ name }) => !/[\p{L}\p{N}]/u.test(name?.value ?? ''));
  const byId = new Map(nodes.map((node) => [node.nodeId, node]));
  const said = (node: Node | undefined): string =>
    node ? `${said(byId.get(node.parentId ?? ''))} > ${node.role?.value} "${node.name?.value ?? ''}"` : '';
  return { without: bare.map(said), named: asked.length - bare.length };
}

async function expectNames(page: Page): Promise<void> {
  const { without, named } = await nameless(page);
  expect(without).toEqual([]);
  expect(named).toBeGreaterThan(8);
  await expectAccessible(page);
}

test.each(Object.keys(TABS))(
  '%s: everything has a name, whatever is opened, and after errors',
  async (tab) => {
    const page = await opened(browser, place, `#/${tab}/words`, { reducedMotion: 'reduce' });
    await TABS[tab]!(page);
    await expectNames(page);
    for (const work of WORKED[tab]!) {
      await work(page);
      await expectNames(page);
    }
    await closed(page);
  },
);

test('what has no name is found', async () => {
  const page = await opened(browser, place, '#/overview/words');
  await page.getByRole('combobox', { name: 'Colours' }).waitFor();
  await page.evaluate(`document.querySelector('main').append(document.createElement('button'))`);
  expect((await nameless(page)).without).toEqual([expect.stringMatching(/button ""$/)]);
  await closed(page);
});

/** Notes all that begins to move, and all scrolling that is not at once. */
const WATCH = `
  globalThis.moved = [];
  for (const kind of ['animationstart', 'transitionrun'])
    addEventListener(kind, ({ target, propertyName, animationName }) =>
      moved.push(kind + ' ' + target.className + ' ' + (propertyName ?? animationName)), true);
  const { animate } = Element.prototype;
  Element.prototype.animate = function (...o) { moved.push('animate ' + this.className); return animate.apply(this, o); };
  const { scrollIntoView } = Element.prototype;
  Element.prototype.scrollIntoView = function (o) {
    if (o?.behavior === 'smooth') moved.push('scroll ' + this.className);
    return scrollIntoView.call(this, o);
  };`;

async function watched(hash: string, reducedMotion: 'reduce' | 'no-preference'): Promise<Page> {
  const page = await opened(browser, place, '', { reducedMotion });
  await page.addInitScript(WATCH);
  await page.goto(`${place.server.url}/dashboard${hash}`);
  await page.reload();
  return page;
}

const movedOn = async (page: Page): Promise<string[]> => (await page.evaluate('moved')) as string[];

test.each(Object.keys(TABS))('%s moves nothing for who asks for that', async (tab) => {
  const page = await watched(`#/${tab}/words`, 'reduce');
  await TABS[tab]!(page);
  for (const work of WORKED[tab]!) {
    await work(page);
    expect(await page.evaluate('document.getAnimations().length')).toBe(0);
  }
  await place.stream(500)(); // numbers move on
  await page.waitForTimeout(1_500);
  const smooth = await page.evaluate(
    `[...document.querySelectorAll('*')].filter((one) => getComputedStyle(one).scrollBehavior === 'smooth').length`,
  );
  expect([await movedOn(page), smooth]).toEqual([[], 0]);
  await closed(page);
});

test('the countdown of a deletion moves for others, stands still for these, and the deletion waits as long', async () => {
  for (const [motion, moves] of [
    ['no-preference', true],
    ['reduce', false],
  ] as const) {
    const page = await watched('#/points/words?id=11', motion);
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.locator('.countdown').waitFor({ state: 'attached' });
    await page.waitForTimeout(300);
    expect((await movedOn(page)).some((one) => /countdown/.test(one))).toBe(moves);
    await page.getByRole('button', { name: 'Undo' }).click();
    expect(await place.words.has(11)).toBe(true);
    await closed(page);
  }
});
