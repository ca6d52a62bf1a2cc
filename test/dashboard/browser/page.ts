/* A browser for tests of the dashboard, on a server into which points stream meanwhile. */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { type Browser, type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { expect } from 'vitest';
import { type Collection, type Database, open } from '#silt/index.js';
import { type ServeOptions, type Server, serve } from '#silt/server/http/index.js';
import { gaussianVectors, randomOf } from '../../support/random.js';

/** Debian's, or another by the environment. */
const CHROMIUM = process.env['SILT_CHROMIUM'] ?? '/usr/bin/chromium';

export async function launched(...args: readonly string[]): Promise<Browser> {
  if (!existsSync(CHROMIUM))
    throw new Error(`these tests need a Chromium at ${CHROMIUM}, or SILT_CHROMIUM with the path of one`);
  // The sandbox does not start as root, as in containers.
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', ...args] });
}

const KINDS = ['noun', 'verb', 'adjective', 'adverb'] as const;
const SYLLABLES = ['ka', 'lo', 'mi', 'ter', 'an', 'sor', 'vel', 'qui', 'bra', 'en'] as const;
const DIMENSION = 32;

/** Words that come in groups, as many as are asked for. */
class Words {
  readonly #random = randomOf(7);
  readonly #centres = gaussianVectors(7, 20, DIMENSION);
  #count = 0;

  #word(): string {
    return Array.from({ length: 3 }, () => SYLLABLES[Math.floor(this.#random() * SYLLABLES.length)]).join('');
  }

  next(many: number) {
    return Array.from({ length: many }, () => {
      const id = this.#count++;
      const centre = this.#centres[id % this.#centres.length]!;
      return {
        id,
        vector: centre.map((value) => value + 0.3 * (this.#random() - 0.5)),
        payload: { title: `${this.#word()} ${this.#word()}`, kind: KINDS[id % 4], rank: id },
      };
    });
  }
}

export interface Site {
  readonly server: Server;
  readonly database: Database;
  readonly words: Collection;
  /** Points stream in until it is stopped; `total` at most. */
  stream(total: number): () => Promise<void>;
  close(): Promise<void>;
}

export async function site(options: ServeOptions = {}): Promise<Site> {
  const database = await open();
  const words = await database.createCollection('words', {
    dimension: DIMENSION,
    metric: 'cosine',
    text: { title: { path: 'title' } },
  });
  const made = new Words();
  await words.upsert(made.next(2_000));
  await words.createPayloadIndex('kind', 'keyword');
  await words.buildNow();
  const server = await serve({ database, port: 0, ...options });
  const stream = (total: number): (() => Promise<void>) => {
    let stopped = false;
    const run = async (): Promise<void> => {
      for (let written = 0; written < total && !stopped; written += 500) {
        await words.upsert(made.next(500));
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    };
    const running = run();
    return () => {
      stopped = true;
      return running;
    };
  };
  const close = async (): Promise<void> => {
    await server.close();
    await database.close();
  };
  return { server, database, words: words as Collection, stream, close };
}

/** What the page complains of: none of its tests may end with any. */
const complaints = new WeakMap<Page, string[]>();

export async function opened(
  browser: Browser,
  { server }: Site,
  hash = '',
  options: BrowserContextOptions = {},
): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1_280, height: 800 }, ...options });
  const said: string[] = [];
  complaints.set(page, said);
  page.on('pageerror', ({ message }) => said.push(message));
  page.on('console', (message) => {
    // A request that is refused is one that a test has sent.
    if (message.type() === 'error' && !/status of 4\d\d/.test(message.text())) said.push(message.text());
  });
  page.on('request', (request) => {
    if (!request.url().startsWith(server.url) && !request.url().startsWith('data:')) said.push(request.url());
  });
  await page.goto(`${server.url}/dashboard${hash}`);
  return page;
}

/** Waits until the map that is open has points. */
export async function laidOut(page: Page): Promise<void> {
  await page.getByText(/^[\d,]+ points/).waitFor({ timeout: 60_000 });
}

/** Closes a page that has complained of nothing, and has asked no other host. */
export async function closed(page: Page): Promise<void> {
  expect(complaints.get(page)).toEqual([]);
  await page.context().close();
}

const AXE = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly html: string; readonly failureSummary: string }[];
}

/** Nothing on the page that axe calls serious or critical; and tables have names, which it does not ask for. */
export async function expectAccessible(page: Page): Promise<void> {
  await page.evaluate(AXE);
  const violations = (await page.evaluate('axe.run().then(({ violations }) => violations)')) as Violation[];
  const grave = violations.filter(({ impact }) => impact === 'serious' || impact === 'critical');
  expect(
    grave.map(({ id, nodes }) => [id, nodes.map(({ html, failureSummary }) => `${html}: ${failureSummary}`)]),
  ).toEqual([]);
  const tables = await page.getByRole('table').count();
  expect(await page.getByRole('table', { name: /\w/ }).count()).toBe(tables);
}

/** Nothing is cut off at the side. */
export async function expectFits(page: Page): Promise<void> {
  const [wide, room] = (await page.evaluate(
    '[document.scrollingElement.scrollWidth, document.scrollingElement.clientWidth]',
  )) as [number, number];
  expect(wide).toBeLessThanOrEqual(room);
}
