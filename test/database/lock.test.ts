/* A directory is open in one process at a time, once: whoever comes second is told who has it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { symlink } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { DatabaseLockedError, open } from '#silt/index.js';
import { withFolder } from '../support/files.js';

const child = fileURLToPath(new URL('lock.mjs', import.meta.url));

async function openElsewhere(path: string): Promise<ChildProcess> {
  const holder = spawn(process.execPath, [child, path], { stdio: ['pipe', 'pipe', 'inherit'] });
  await once(holder.stdout!, 'data');
  return holder;
}

async function refusal(path: string): Promise<DatabaseLockedError> {
  const error: unknown = await open(path).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DatabaseLockedError);
  return error as DatabaseLockedError;
}

test('a second process is told which one has it; when that has closed it, it opens', async () => {
  await withFolder(async (folder) => {
    const holder = await openElsewhere(folder);
    for (let tries = 0; tries < 3; tries++) {
      const { pid, code, message } = await refusal(folder);
      expect({ pid, code }).toEqual({ pid: holder.pid, code: 'DATABASE_LOCKED' });
      expect(message).toContain(String(holder.pid));
      expect(message).toContain(folder);
    }
    holder.stdin!.end();
    await once(holder, 'close');
    await (await open(folder)).close();
  });
});

test('the lock of a process that was killed is taken over, again and again', async () => {
  await withFolder(async (folder) => {
    for (let kills = 0; kills < 3; kills++) {
      const holder = await openElsewhere(folder);
      holder.kill('SIGKILL');
      await once(holder, 'close');
      if (kills > 0) await (await open(folder)).close();
    }
    await (await open(folder)).close();
  });
});

test('the same process is told as well, whatever name it uses; other directories are open to it', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const database = await open(path);
    await symlink(path, join(folder, 'link'));
    for (const name of [path, `${path}/`, join(folder, 'link')])
      expect((await refusal(name)).pid).toBe(process.pid);
    const another = await open(join(folder, 'another'));
    await another.close();
    // The one that is open is unharmed by those that were refused.
    const words = await database.createCollection('words', { dimension: 2, metric: 'cosine' });
    await words.upsert({ id: 1, vector: [1, 0] });
    await database.close();
    const again = await open(path);
    expect(await again.collection('words').count()).toBe(1);
    await again.close();
  });
});

test('of several that open at once, one succeeds', async () => {
  await withFolder(async (folder) => {
    const results = await Promise.allSettled([open(folder), open(folder), open(folder)]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected', 'rejected']);
    for (const result of results) {
      if (result.status === 'fulfilled') await result.value.close();
      else expect(result.reason).toBeInstanceOf(DatabaseLockedError);
    }
  });
});
