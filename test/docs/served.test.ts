/*
 * Examples that ask a server, as they stand but for its address: those of curl and of the plain client in docs/QDRANT.md and
 * docs/OPERATING.md answer what they say. Those of LangChain and Mastra are in test/packaging/clients.test.ts.
 */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { serve } from '#silt/server/http/index.js';
import { printed, promised } from '../support/examples.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const pageOf = (name: string): string => readFileSync(join(ROOT, 'docs', name), 'utf8');
const blocksOf = (page: string, language: string): string[] =>
  [...page.matchAll(new RegExp(`\`\`\`${language}\\n([^]*?)\`\`\``, 'g'))].map(([, code]) => code!);

const at = (script: string, url: string): string =>
  script.replace(/(http:\/\/)?(127\.0\.0\.1|localhost):6333/g, url);

const CURL = ['QDRANT.md', 'OPERATING.md'].flatMap((name) =>
  blocksOf(pageOf(name), 'sh')
    .filter((script) => script.includes('curl '))
    .map((script, at) => [`${name}, ${at + 1}`, script] as const),
);

describe('by curl', () => {
  test.each(CURL)('%s', (_, script) =>
    withFolder(async (cwd) => {
      await using server = await serve({ port: 0 });
      const { stdout } = await promisify(execFile)('bash', ['-ec', at(script, server.url)], { cwd });
      // What the last comment says, to where it is cut short.
      const [, answer] = /.*# (.*?)(?: …)?\n$/s.exec(script)!;
      expect(answer).toMatch(/^\{"result":/);
      expect(stdout).toContain(answer);
      expect(stdout).not.toContain('"error"');
    }),
  );

  test('they are there', () => expect(CURL).toHaveLength(3));
});

test('by the plain client', async () => {
  await using server = await serve({ port: 0 });
  const [script, ...others] = blocksOf(pageOf('QDRANT.md'), 'js').filter((one) =>
    one.includes('localhost:6333'),
  );
  expect(others).toEqual([]);
  expect(await printed(at(script!, server.url))).toBe(promised(script!));
});

test('by a program: a server of its own, and a backup beside it', async () => {
  const page = pageOf('OPERATING.md');
  const [own, backup] = [...blocksOf(page, 'ts'), ...blocksOf(page, '  js')];
  const script = own!.replace('port: 6333', 'port: 0') + backup!;
  expect(await printed(script)).toMatch(/^http:\/\/127\.0\.0\.1:\d+ $/);
});
