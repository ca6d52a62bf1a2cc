/* The soak, for some seconds: every answer of mixed work is right, through compactions and reopenings. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const main = fileURLToPath(new URL('main.mjs', import.meta.url));

test('mixed work for some seconds gives right answers, and all of it is there after reopening', async () => {
  const args = [main, '--minutes', '0.06', '--points', '1500', '--dimension', '40'];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const last = JSON.parse(stdout.trim().split('\n').at(-1)!) as Record<string, number>;
  expect(last['openings']).toBeGreaterThanOrEqual(2);
  expect(last['searches']).toBeGreaterThan(0);
  expect(last['upserted']).toBeGreaterThan(1_500);
});
