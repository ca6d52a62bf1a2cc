/* The guides: their examples run as they stand and print what they say; their formula is the code's. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { describe, expect, test } from 'vitest';
import { ARENA_BYTES_MAX } from '#silt/base/limits.js';
import { geometryOf } from '#silt/kernel/geometry.js';
import { COSINE } from '#silt/kernel/layout.js';
import { printed, promised, scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const FOLDER = join(ROOT, 'docs/guides');
const guides = readdirSync(FOLDER).map((file) => ({ file, page: readFileSync(join(FOLDER, file), 'utf8') }));

describe.each(guides.filter(({ page }) => page.includes('```ts')))('$file', ({ page }) => {
  test('its examples print what they say, the second time as the first', async () => {
    const [script, ...others] = scriptsOf(page);
    expect(others).toEqual([]);
    expect(await printed(script!, 2)).toBe(promised(script!));
  });
});

test.each(guides)('$file: every block of code can be parsed', ({ page }) => {
  for (const [, code] of page.matchAll(/```(?:js|ts)\n([\s\S]*?)```/g)) {
    const { diagnostics } = ts.transpileModule(code!, {
      reportDiagnostics: true,
      compilerOptions: { target: ts.ScriptTarget.ESNext, module: ts.ModuleKind.ESNext },
    });
    expect(
      diagnostics?.map(({ messageText }) => messageText),
      code,
    ).toEqual([]);
  }
});

describe('memory.md', () => {
  const page = readFileSync(join(FOLDER, 'memory.md'), 'utf8');
  const [, formula] = /\/\/ begin formula\n([\s\S]*?)\/\/ end formula/.exec(page)!;
  const bytesPerPoint = new Function(`${formula}; return bytesPerPoint`)() as (
    dimension: number,
    m: number,
    vectors: string,
  ) => number;

  const laidOut = (dimension: number, m: number, keepVectors: boolean): number => {
    const machine = { efConstruction: 200, seed: 1, threads: 2, searchers: 2, maxBytes: ARENA_BYTES_MAX };
    const { blockBytes, blockRows } = geometryOf({ ...machine, dimension, metric: COSINE, m, keepVectors });
    return blockBytes / blockRows;
  };

  test('the calculator is within 15 % of what the index lays out', () => {
    for (const dimension of [8, 32, 40, 64, 100, 384, 512, 768, 1_024, 1_536, 3_072, 4_096, 8_192])
      for (const m of [8, 16, 32, 64])
        for (const vectors of ['memory', 'disk']) {
          const ratio = bytesPerPoint(dimension, m, vectors) / laidOut(dimension, m, vectors === 'memory');
          expect(ratio, `${dimension} dimensions, m ${m}, ${vectors}`).toBeGreaterThan(0.85);
          expect(ratio, `${dimension} dimensions, m ${m}, ${vectors}`).toBeLessThan(1.15);
        }
  });

  test('so is the table', () => {
    const rows = [...page.matchAll(/^\| ([\d,]+) \| ([\d,]+) \| ([\d,]+) \|$/gm)].map((row) =>
      row.slice(1).map((cell) => Number(cell.replaceAll(',', ''))),
    );
    expect(rows.length).toBeGreaterThan(4);
    for (const [dimension, memory, disk] of rows as [number, number, number][]) {
      expect(memory / laidOut(dimension, 16, true)).toBeCloseTo(1, 1);
      expect(disk / laidOut(dimension, 16, false)).toBeCloseTo(1, 1);
    }
  });
});
