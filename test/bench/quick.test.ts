/* The bench is a program of its own, which nothing else here calls: it runs as its users run it, on data that is made up. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withFolder } from '../support/files.js';

const MAIN = fileURLToPath(new URL('../../bench/main.mjs', import.meta.url));

function bench(...args: string[]): Promise<{ code: number; out: string; complaints: string }> {
  return new Promise((resolve) => {
    execFile(process.execPath, [MAIN, ...args], { maxBuffer: 1 << 26 }, (error, out, complaints) => {
      const code = typeof error?.code === 'number' ? error.code : error ? -1 : 0;
      resolve({ code, out, complaints });
    });
  });
}

test(
  'bench --quick runs every section on made-up data, and each result says what it was measured on',
  () =>
    withFolder(async (folder) => {
      const quick = ['--quick', '--only', 'silt,silt-recall', '--data', 'clusters', '--rounds', '1'];
      const { code, out, complaints } = await bench(...quick, '--out', folder);
      expect(code, complaints).toBe(0);
      const results = readdirSync(folder).filter((file) => file.endsWith('.json'));
      expect(results.sort()).toEqual([
        ...['clusters.json', 'collections.json', 'concurrency.json', 'dashboard.json'],
        ...[
          'durable-clusters.json',
          'fields.json',
          'filtered.json',
          'footprint.json',
          'fresh.json',
          'http.json',
          'hybrid.json',
        ],
        ...['live-durable.json', 'live.json', 'map.json', 'maxsim.json', 'opening.json', 'payload.json'],
        ...['recall-clusters.json', 'scan.json', 'sparse.json', 'text.json'],
      ]);
      for (const file of results) {
        const { machine, load, seconds } = JSON.parse(readFileSync(join(folder, file), 'utf8'));
        expect(machine, file).toMatchObject({ node: process.version, cpu: expect.any(String) });
        expect(machine.kernel, file).not.toBe('');
        expect(machine.silt, file).toMatch(/^\d+\.\d+\.\d+/);
        expect([...load.before, ...load.after], file).toHaveLength(6);
        expect(seconds, file).toBeGreaterThan(0);
      }
      const { results: curves } = JSON.parse(readFileSync(join(folder, 'clusters.json'), 'utf8'));
      for (const { name, failure, rounds, runs } of curves) {
        expect(failure, name).toBeNull();
        expect(rounds[0], name).toHaveLength(3);
        expect(runs.kernel, name).toMatch(/simd|relaxed/);
      }
      expect(out).toMatch(/silt-recall, asked for +recall/);
    }),
  240_000,
);

test('bench says what is wrong with a command line, and measures nothing', async () => {
  const wrong = await bench('--only', 'silt,nonsense');
  expect(wrong.code).toBe(1);
  expect(wrong.complaints).toContain("--only: 'nonsense' is none of silt");
  const elsewhere = await bench('--only', 'silt-node');
  expect(elsewhere.code).toBe(1);
  expect(elsewhere.complaints).toContain("'silt-node' runs on another Node; name that with --node PATH");
});
