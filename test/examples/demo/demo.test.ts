/* The demo as a user runs it: processes, files, and a kill that is one. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { databaseFolder, openWords, removeDatabase } from '#silt/examples/demo/database.js';
import { CACHE_FILE } from '#silt/examples/demo/glove.js';
import { writeCache } from '#silt/examples/demo/glove-cache.js';
import type { Glove } from '#silt/examples/demo/glove-rows.js';
import { surveyWords } from '#silt/examples/demo/kill.js';
import { pointOf, pointsOf } from '#silt/examples/demo/plan.js';
import { withFolder } from '../../support/files.js';
import { words as vectors, WORD_DIMENSION } from '../../support/words.js';
import { gloveOf, withWords } from './small.js';

const MAIN = fileURLToPath(new URL('../../../dist/examples/demo/main.js', import.meta.url));
const ROWS = 2000;

/** Real vectors under made-up words. */
const glove: Glove = {
  words: Array.from({ length: 5000 }, (_, row) => `w${row}`),
  vectors: Float32Array.from(vectors('cosine', 0, 5000).flatMap((vector) => [...vector])),
  dimension: WORD_DIMENSION,
  leftOut: { duplicate: 0, wrongLength: 0, notFinite: 0, zero: 0 },
};

function demo(cache: string, ...args: string[]): Promise<{ code: number; out: string; lines: string[] }> {
  const all = [MAIN, '--cache', cache, '--rows', String(ROWS), '--words', 'w7,nonsense', ...args];
  return new Promise((resolve) => {
    execFile(process.execPath, all, { timeout: 50_000 }, (error, out, complaints) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, out: out + complaints, lines: out.split('\n') });
    });
  });
}

function withCache<T>(use: (cache: string) => Promise<T>): Promise<T> {
  return withFolder(async (folder) => {
    await writeCache(join(folder, CACHE_FILE), glove);
    return use(folder);
  });
}

describe('npm run demo', () => {
  test('streams into a folder, opens it again, says what it saw and draws it; --keep goes on with it', () =>
    withCache(async (cache) => {
      const folder = join(cache, 'pictures', 'new');
      const { code, out, lines } = await demo(cache, '--picture', folder);
      expect(out).toContain('All 2,000 of 2,000 words are there; verify() found no fault.');
      expect(code).toBe(0);
      expect(out).toMatch(/Streaming 2,000 words/);
      expect(out).toMatch(/written, durable +[\d,]+ rows\/s/);
      const found = /rows found when new +(\d+) of \1 /.exec(out)?.[1];
      const pictures = ['dark', 'light'].map((name) =>
        readFileSync(join(folder, `settling-${name}.svg`), 'utf8'),
      );
      for (const picture of pictures) {
        expect(picture).toMatch(/^<svg [\s\S]*<\/svg>\n$/);
        expect(picture).toContain(`2,000 word vectors of ${WORD_DIMENSION} dimensions`);
        expect(picture).toContain(`${found} of ${found} new words found`);
        expect(picture).not.toContain('NaN');
      }
      expect(pictures[0]).not.toBe(pictures[1]);
      expect(out).toMatch(/Closed in .*, opened in .*: 2,000 words, all indexed/);
      expect(out).toMatch(/ 256 +(1\.000|0\.9\d\d) /);
      expect(out).toMatch(/w7 +w\d+ 0\.\d\d, w\d+/);
      expect(out).toMatch(/nonsense +not among the 5,000 words/);
      const wide = lines.filter((line) => line.length > 80 && !line.includes(cache));
      expect(wide).toEqual([]);

      const again = await demo(cache, '--keep');
      expect(again.out).toMatch(/Streaming 0 words/);
      expect(again.out).toContain('All 2,000 of 2,000 words are there');
      const anew = await demo(cache);
      expect(anew.out).toMatch(/Streaming 2,000 words/);
      expect(anew.code).toBe(0);
    }));

  test('--kill: no acknowledged word is lost, and the rest is written', () =>
    withCache(async (cache) => {
      const { code, out } = await demo(cache, '--kill');
      const [, killed] = /process \d+ killed \(SIGKILL\) after ([\d,]+) words/.exec(out) ?? [];
      expect(Number(killed?.replace(',', '')), out).toBeGreaterThanOrEqual(ROWS / 2);
      expect(out).toContain(`all ${killed} acknowledged words are there`);
      expect(out).toContain('All 2,000 of 2,000 words are there; verify() found no fault.');
      expect(code).toBe(0);
    }));

  test('--kill: an interruption takes the writer along', () =>
    withCache(async (cache) => {
      const child = spawn(process.execPath, [MAIN, '--cache', cache, '--kill'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      let out = '';
      for await (const text of child.stdout.setEncoding('utf8')) {
        const before = out;
        out += text;
        if (out.includes('Another process writes') && !before.includes('Another')) child.kill('SIGINT');
      }
      expect(await ended).toEqual([130, null]);
      expect(out).toMatch(/Interrupted\.\n$/);
      await removeDatabase(databaseFolder(cache)); // nobody has it open
    }));

  test('a writer that cannot write is told of', () =>
    withCache(async (cache) => {
      await mkdir(databaseFolder(cache));
      await writeFile(join(databaseFolder(cache), 'something else'), 'not ours');
      const { code, out } = await demo(cache, '--kill', '--keep');
      expect(out).toMatch(/is not a database: it holds "something else"/);
      expect(out).toMatch(/The demo failed: the writing process ended before it was killed/);
      expect(code).toBe(1);
    }));
});

describe('looking up what was acknowledged', () => {
  test('a word that is gone, or is not as it was written, is lost', () =>
    withWords(async (words) => {
      const small = gloveOf(50);
      await words.upsert([...pointsOf(small, Array(40).keys())]);
      const all = (rows: number) => Array.from({ length: rows }, (_, row) => `w${row}`);
      expect(await surveyWords(words, small, all(40))).toEqual({ checked: 40, lost: [] });
      await words.upsert({ ...pointOf(small, 3), payload: { word: 'w3', rank: 5 } });
      await words.upsert({ ...pointOf(small, 5), vector: [1, 2, 3, 4] });
      await words.delete('w7');
      expect(await surveyWords(words, small, all(41))).toEqual({
        checked: 41,
        lost: ['w3', 'w5', 'w7', 'w40'],
      });
    }));
});

describe('removing the database of the last run', () => {
  test('takes away what is there, whatever it is', () =>
    withFolder(async (folder) => {
      const path = join(folder, 'demo');
      await removeDatabase(path);
      const { db } = await openWords(path, 4, { threads: 1 });
      await db.close();
      await removeDatabase(path);
      await mkdir(path);
      await writeFile(join(path, 'something'), 'else');
      await removeDatabase(path);
      expect(readdirSync(folder)).toEqual([]);
    }));

  test('leaves it alone while it is in use', () =>
    withFolder(async (folder) => {
      const { db, words } = await openWords(folder, 4, { threads: undefined });
      await words.upsert({ id: 'a', vector: [1, 2, 3, 4] });
      await expect(removeDatabase(folder)).rejects.toThrow(/is already open in process .*, this one/);
      expect((await words.get('a'))?.vector).toEqual(Float32Array.of(1, 2, 3, 4));
      await db.close();
    }));
});
