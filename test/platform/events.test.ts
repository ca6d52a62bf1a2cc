/* What happens inside, told to who listens: by event, and as lines of a log. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { type Logger, on, open } from '#silt/index.js';
import { failureOf, pointsOf, SMALL, withCollection } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

describe('on', () => {
  test('calls the listener for each event, until it is taken off', () =>
    withCollection('memory', SMALL, async (points) => {
      const seqs: number[] = [];
      const off = on('silt:write', ({ seq }) => seqs.push(seq));
      await points.upsert(pointsOf(1, 2));
      await points.delete(0);
      off();
      off();
      await points.delete(1);
      expect(seqs).toEqual([2, 3]);
    }));

  test('what a listener throws is an uncaughtException: the write succeeds, and the other listeners are told', async () => {
    const script = `
      import { on, open } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)};
      const said = [];
      process.on('uncaughtException', ({ message }) => said.push(message));
      on('silt:write', () => { throw new Error('boom'); });
      on('silt:write', ({ seq }) => said.push(seq));
      const points = await (await open()).createCollection('points', { dimension: 2, metric: 'dot' });
      said.push((await points.upsert({ id: 1, vector: [1, 2] })).inserted);
      await new Promise((resolve) => setImmediate(resolve));
      console.log(JSON.stringify(said.map(String).sort()));
      process.exit(0);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', script], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
    expect(JSON.parse(said)).toEqual(['1', '1', 'boom']);
  });

  test('an unknown event, or what is not a function, is an error', async () => {
    expect(await failureOf(async () => on('silt:wrote' as 'silt:write', () => {}))).toBe('INVALID_OPTION');
    expect(await failureOf(async () => on('silt:write', undefined as never))).toBe('INVALID_OPTION');
  });
});

describe('logger', () => {
  test('gets a line for each event of its database, at its level; errors as err', () =>
    withFolder(async (folder) => {
      const lines: [level: string, details: Record<string, unknown>, message: string][] = [];
      const logger = Object.fromEntries(
        ['error', 'warn', 'info', 'debug'].map((level) => [
          level,
          (details: object, message: string) =>
            lines.push([level, details as Record<string, unknown>, message]),
        ]),
      ) as unknown as Logger;
      const db = await open(folder, { logger });
      const other = await open();
      await (await other.createCollection('other', SMALL)).upsert(pointsOf(1, 1));
      const points = await db.createCollection('points', SMALL);
      await points.upsert(pointsOf(1, 1_200));
      await points.buildNow();
      await db.close();
      await other.close();
      const told = lines.map(([level, { event }]) => `${level} ${event as string}`);
      expect(told).toContain('debug silt:write');
      expect(told).toContain('info silt:build:end');
      expect(told).toContain('info silt:snapshot');
      expect(lines.filter(([, { event }]) => event === 'silt:write')).toHaveLength(1);
      expect(lines.every(([, details]) => !('index' in details) && !('error' in details))).toBe(true);
      for (const [, , message] of lines) expect(message).toMatch(/^[a-z ;]+$/);
    }));

  test('one that rejects later, by a promise of any kind, fails nothing and ends no process', async () => {
    const unhandled: unknown[] = [];
    const note = (reason: unknown): unknown => unhandled.push(reason);
    process.on('unhandledRejection', note);
    try {
      const foreign = runInNewContext('(async () => { throw new Error("of another realm"); })');
      const late = {
        // biome-ignore lint/suspicious/noThenProperty: a promise of a library
        then: (_: unknown, reject: (error: Error) => void) => setImmediate(reject, new Error('late')),
      };
      const logger = {
        error: () => late,
        warn: () => late,
        info: () => Promise.reject(new Error('full')),
        debug: foreign,
      } as Logger;
      const db = await open(undefined, { logger });
      const points = await db.createCollection('points', SMALL);
      expect((await points.upsert(pointsOf(1, 50))).inserted).toBe(50);
      await points.buildNow();
      await db.close();
      for (let i = 0; i < 5; i++) await new Promise((resolve) => setImmediate(resolve));
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
  });

  test('one that throws fails no write; what is not a logger is rejected', async () => {
    const throwing = (): never => {
      throw new Error('full');
    };
    const db = await open(undefined, {
      logger: { error: throwing, warn: throwing, info: throwing, debug: throwing },
    });
    const points = await db.createCollection('points', SMALL);
    expect((await points.upsert(pointsOf(1, 2))).inserted).toBe(2);
    await db.close();
    for (const logger of [{}, { info: () => {} }, 'pino', null])
      expect(await failureOf(() => open(undefined, { logger } as never))).toBe('INVALID_OPTION');
  });
});
