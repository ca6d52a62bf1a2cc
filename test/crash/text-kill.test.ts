/* T5 for fields of text: killed at any time, words find afterwards what is stored, and what was acknowledged is stored. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { type Database, open } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { bm25 } from '../support/bm25.js';
import { withFolder } from '../support/files.js';
import { integer, randomOf } from '../support/random.js';

const writer = fileURLToPath(new URL('text-writer.mjs', import.meta.url));
const CYCLES = amount('SILT_CRASH_CYCLES', 2, 30);

/** Runs the writer, and kills it some steps later. Returns the last step that was acknowledged. */
async function killed(folder: string, from: number, steps: number): Promise<number> {
  const child = spawn(process.execPath, [writer, folder, String(from)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.on('data', (text: Buffer) => {
    printed += text.toString();
    if (printed.split('\n').length > steps) child.kill('SIGKILL');
  });
  const [, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect(signal).toBe('SIGKILL');
  return Number(printed.split('\n').at(-2));
}

/** What the writer leaves behind that many steps. */
function replayed(texts: Map<number, string>, from: number, upTo: number): void {
  for (let step = from; step <= upTo; step++) {
    const ids = Array.from({ length: 20 }, (_, i) => (step * 7 + i) % 200);
    if (step % 3 === 1) for (const id of ids.slice(0, 5)) texts.delete(id);
    else
      for (const id of ids)
        if (step % 3 === 2 || texts.has(id))
          texts.set(id, step % 3 === 0 ? `patched step${step}` : `written step${step}`);
  }
}

async function storedIn(db: Database): Promise<Map<number, string>> {
  const stored = new Map<number, string>();
  for await (const { id, payload } of db.collection<{ body: string }>('texts').scroll())
    stored.set(Number(id), payload!.body);
  return stored;
}

test('killed at any time: every acknowledged text and change is found by its words, and none that it replaced', () =>
  withFolder(async (folder) => {
    const random = randomOf(Number(process.env['SILT_CRASH_SEED'] ?? 1));
    const texts = new Map<number, string>();
    let next = 0;
    for (let cycle = 0; cycle < CYCLES; cycle++) {
      const last = await killed(folder, next, integer(random, 10, 120));
      replayed(texts, next, last);
      const db = await open(folder);
      const collection = db.collection('texts');
      const stored = await storedIn(db);
      const after = new Map(texts); // the step under way may have been committed
      replayed(after, last + 1, last + 1);
      const isAfter = [...stored].some(([id, body]) => texts.get(id) !== body) || stored.size !== texts.size;
      expect(stored).toEqual(isAfter ? after : texts);
      if (isAfter) replayed(texts, last + 1, last + 1);
      next = isAfter ? last + 2 : last + 1;
      for (const text of ['written', 'patched', ...Array.from({ length: 30 }, (_, i) => `step${next - i}`)]) {
        const hits = await collection.search({ text }, { k: 1_000 });
        const expected = bm25(stored, { text });
        expect(new Set(hits.map(({ id }) => id))).toEqual(new Set(expected.keys()));
        for (const { id, score } of hits) expect(score).toBeCloseTo(expected.get(Number(id))!, 4);
      }
      await db.close();
    }
  }));
