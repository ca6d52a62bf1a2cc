/*
 * T13, two openers: a directory is open once, whoever they are. The second is refused at once, with the number of the
 * first; one that ended without closing is taken over at once.
 */
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { amount } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { type Opener, processOf, threadOf } from '../support/openers.js';
import { integer, randomOf } from '../support/random.js';
import { ROOT } from '../support/sources.js';

/** Runs `use`, and ends all openers that it made. */
async function withOpeners(use: (keep: (opener: Opener) => Opener) => Promise<void>): Promise<void> {
  const all: Opener[] = [];
  try {
    await use((opener) => {
      all.push(opener);
      return opener;
    });
  } finally {
    for (const opener of all) await opener.kill();
  }
}

async function expectRefused(opener: Opener, pid: number): Promise<void> {
  const answer = await opener.tell('open');
  expect(answer).toMatch(/^refused DATABASE_LOCKED /);
  expect(answer).toContain(`process ${pid}`);
}

/** Two that may not both have the directory: whoever comes second is refused, and takes over from one that ended. */
async function expectOneAtATime(
  make: (which: number) => Opener,
  pidOf = (opener: Opener) => opener.pid,
): Promise<void> {
  await withOpeners(async (keep) => {
    const [a, b] = [keep(make(0)), keep(make(1))];
    expect(await a.tell('open')).toBe('open');
    await expectRefused(b, pidOf(a));
    expect(await a.tell('write')).toBe('wrote 1');
    await expectRefused(b, pidOf(a));
    expect(await a.tell('close')).toBe('closed');
    expect(await b.tell('open')).toBe('open');
    expect(await b.tell('write')).toBe('wrote 2');
    await expectRefused(a, pidOf(b));
    await b.kill();
    expect(await a.tell('open')).toBe('open');
    expect(await a.tell('write')).toBe('wrote 3');
    expect(await a.tell('close')).toBe('closed');
  });
}

test('two processes', () => withFolder((folder) => expectOneAtATime(() => processOf(join(folder, 'db')))));

test('two threads of a process', () =>
  withFolder((folder) => expectOneAtATime(() => threadOf(join(folder, 'db')))));

test('two copies of the package, in one thread and in two', () =>
  withFolder(async (folder) => {
    const copy = join(folder, 'copy');
    mkdirSync(copy);
    for (const name of ['dist', 'package.json'])
      cpSync(join(ROOT, name), join(copy, name), { recursive: true });
    symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'), 'junction');
    const entries = [join(ROOT, 'dist/index.js'), join(copy, 'dist/index.js')];
    await expectOneAtATime((which) => threadOf(join(folder, 'db'), entries[which]));
    const [one, two] = (await Promise.all(entries.map((entry) => import(/* @vite-ignore */ entry)))) as [
      typeof import('#silt/index.js'),
      typeof import('#silt/index.js'),
    ];
    expect(one.open).not.toBe(two.open);
    const database = await one.open(join(folder, 'db'));
    await expect(two.open(join(folder, 'db'))).rejects.toMatchObject({
      code: 'DATABASE_LOCKED',
      pid: process.pid,
    });
    await database.close();
    await (await two.open(join(folder, 'db'))).close();
  }));

/** A command whose processes have numbers of their own, from 1 on. */
const CONTAINER = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child'];

function needContainers(context: TestContext): void {
  try {
    execFileSync(CONTAINER[0]!, [...CONTAINER.slice(1), 'true'], { stdio: 'pipe' });
  } catch (error) {
    context.skip(`no PID namespace can be made here: ${String((error as Error).message).trim()}`);
  }
}

test('two containers, in which both are process 1', async (context) => {
  needContainers(context);
  await withFolder((folder) =>
    expectOneAtATime(
      () => processOf(join(folder, 'db'), { within: CONTAINER }),
      () => 1,
    ),
  );
});

test('a directory by another name: a link, a mount, a path that is longer than an address of a socket', async (context) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'a'.repeat(120), 'db');
    mkdirSync(path, { recursive: true });
    symlinkSync(path, join(folder, 'link'));
    const mount = join(folder, 'mount');
    mkdirSync(mount);
    const names = [path, join(folder, 'link')];
    const empty = (): void => {
      for (const name of readdirSync(path)) rmSync(join(path, name), { recursive: true });
    };
    await expectOneAtATime((which) => processOf(names[which]!));
    empty();
    await expectOneAtATime((which) => threadOf(names[1 - which]!));
    try {
      execFileSync('mount', ['--bind', path, mount], { stdio: 'pipe' });
    } catch (error) {
      context.skip(`nothing can be mounted here: ${String((error as Error).message).trim()}`);
    }
    try {
      empty();
      await expectOneAtATime((which) => processOf([path, mount][which]!));
    } finally {
      execFileSync('umount', ['-l', mount]);
    }
  });
});

test('a process of node:cluster holds the directory itself, and its death frees it', () =>
  withFolder((folder) =>
    withOpeners(async (keep) => {
      const path = join(folder, 'db');
      const clustered = keep(processOf(path, { env: { ...process.env, SILT_TEST_CLUSTER: '1' } }));
      const other = keep(processOf(path));
      expect(await clustered.tell('open')).toBe('open');
      expect(await other.tell('open')).toMatch(/^refused DATABASE_LOCKED/);
      expect(await clustered.tell('kill')).toBe('gone'); // the primary process lives
      expect(await other.tell('open')).toBe('open');
    }),
  ));

test('a process that was started by the holder does not hold the directory', () =>
  withFolder((folder) =>
    withOpeners(async (keep) => {
      const path = join(folder, 'db');
      const [holder, other] = [keep(processOf(path)), keep(processOf(path))];
      expect(await holder.tell('open')).toBe('open');
      const survivor = Number((await holder.tell('spawn')).split(' ')[1]);
      await holder.kill();
      try {
        process.kill(survivor, 0);
        expect(await other.tell('open')).toBe('open');
      } finally {
        process.kill(survivor, 'SIGKILL');
      }
    }),
  ));

test('a holder that stands still is a holder, however many ask', () =>
  withFolder((folder) =>
    withOpeners(async (keep) => {
      const path = join(folder, 'db');
      const [blocked, other] = [keep(processOf(path)), keep(processOf(path))];
      expect(await blocked.tell('open')).toBe('open');
      blocked.send('block');
      for (let tries = 0; tries < 600; tries++) await expectRefused(other, blocked.pid); // 511 wait in its queue
      await blocked.kill();
      expect(await other.tell('open')).toBe('open');
    }),
  ));

/** More of them by hand: SILT_ROUNDS=200. */
const ROUNDS = amount('SILT_ROUNDS', 2, 5);

test.for([
  { who: 'processes', make: (path: string) => processOf(path), rounds: ROUNDS },
  { who: 'threads', make: (path: string) => threadOf(path), rounds: ROUNDS },
])('of many $who that open at once, exactly one succeeds, again and again', ({ make, rounds }) =>
  withFolder((folder) =>
    withOpeners(async (keep) => {
      const seed = Number(process.env['SILT_SEED'] ?? 1);
      const random = randomOf(seed);
      const path = join(folder, 'db');
      const openers = Array.from({ length: 6 }, () => keep(make(path)));
      for (let round = 0; round < rounds; round++) {
        const note = `round ${round}, SILT_SEED=${seed}`;
        const answers = await Promise.all(openers.map((opener) => opener.tell('open')));
        const winners = openers.filter((_, i) => answers[i] === 'open');
        expect(winners, `${note}: ${answers.join(', ')}`).toHaveLength(1);
        const refused = answers.filter((answer) => answer.startsWith('refused DATABASE_LOCKED'));
        expect(refused, `${note}: ${answers.join(', ')}`).toHaveLength(openers.length - 1);
        expect(await winners[0]!.tell('write'), note).toBe(`wrote ${round + 1}`);
        if (integer(random, 0, 2) === 0) {
          expect(await winners[0]!.tell('close')).toBe('closed');
        } else {
          await winners[0]!.kill();
          openers[openers.indexOf(winners[0]!)] = keep(make(path));
        }
      }
      const [last] = openers as [Opener];
      expect(await last.tell('open')).toBe('open');
      expect(readdirSync(join(path, 'lock'))).toEqual(['holder']); // what the others tried with is gone
    }),
  ),
);

test("a file in the folder of the holder that is not a socket is in nobody's way", () =>
  withFolder(async (folder) => {
    const holder = join(folder, 'db/lock/holder');
    mkdirSync(join(folder, 'db/store'), { recursive: true });
    mkdirSync(join(holder, 'folder/within'), { recursive: true });
    writeFileSync(join(holder, 'file'), 'text');
    symlinkSync(join(folder, 'nothing'), join(holder, 'link'));
    await withOpeners(async (keep) => {
      const [one, two] = [keep(processOf(join(folder, 'db'))), keep(processOf(join(folder, 'db')))];
      expect(await one.tell('open')).toBe('open');
      await expectRefused(two, one.pid);
      expect(readdirSync(holder)).toHaveLength(1);
    });
  }));

/** A directory of another user, in which no socket can be made. */
async function withoutSockets(
  context: TestContext,
  use: (path: string, options: { uid: number; gid: number }) => Promise<void>,
): Promise<void> {
  if (process.getuid?.() !== 0) context.skip('only root can act as another user');
  const folder = mkdtempSync(join(tmpdir(), 'silt-test-'));
  try {
    const path = join(folder, 'db');
    mkdirSync(join(path, 'store'), { recursive: true });
    mkdirSync(join(path, 'lock'));
    chmodSync(folder, 0o755);
    const nobody = { uid: 65_534, gid: 65_534 };
    chownSync(join(path, 'store'), nobody.uid, nobody.gid);
    await use(path, nobody);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

test('where no socket can be made, the record of the store keeps two processes apart', (context) =>
  withoutSockets(context, (path, nobody) => expectOneAtATime(() => processOf(path, nobody))));

/** The first could make no socket, since a file lay in the way; the second can. */
async function expectOneBesideAlone(path: string, make: () => Opener, pid: number): Promise<void> {
  await withOpeners(async (keep) => {
    const [alone, other] = [keep(make()), keep(make())];
    mkdirSync(join(path, 'store'), { recursive: true });
    writeFileSync(join(path, 'lock'), '');
    expect(await alone.tell('open')).toBe('open');
    rmSync(join(path, 'lock'));
    await expectRefused(other, pid);
    expect(await alone.tell('write')).toBe('wrote 1');
    await expectRefused(other, pid);
    await alone.kill();
    expect(await other.tell('open')).toBe('open');
    expect(await other.tell('write')).toBe('wrote 2');
    expect(await other.tell('close')).toBe('closed');
  });
}

test('who could make no socket is not overlooked by another thread that can', () =>
  withFolder((folder) =>
    expectOneBesideAlone(join(folder, 'db'), () => threadOf(join(folder, 'db')), process.pid),
  ));

test('who could make no socket is not overlooked by a process of the same number that can', (context) => {
  needContainers(context);
  return withFolder((folder) => {
    const path = join(folder, 'db');
    return expectOneBesideAlone(path, () => processOf(path, { within: CONTAINER }), 1);
  });
});

test('where no socket can be made, of many threads that open at once, exactly one succeeds', () =>
  withFolder((folder) =>
    withOpeners(async (keep) => {
      const path = join(folder, 'db');
      mkdirSync(join(path, 'store'), { recursive: true });
      writeFileSync(join(path, 'lock'), '');
      const openers = Array.from({ length: 4 }, () => keep(threadOf(path)));
      for (let round = 0; round < ROUNDS; round++) {
        const answers = await Promise.all(openers.map((opener) => opener.tell('open')));
        const winners = openers.filter((_, i) => answers[i] === 'open');
        expect(winners, answers.join(', ')).toHaveLength(1);
        const refused = answers.filter((answer) => answer.startsWith('refused DATABASE_LOCKED'));
        expect(refused, answers.join(', ')).toHaveLength(openers.length - 1);
        expect(await winners[0]!.tell('write')).toBe(`wrote ${round + 1}`);
        expect(await winners[0]!.tell('close')).toBe('closed');
      }
    }),
  ));

test('where no socket can be made, two containers are kept apart too', (context) => {
  needContainers(context);
  return withoutSockets(context, (path, { uid, gid }) => {
    const within = [...CONTAINER, 'setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
    return expectOneAtATime(
      () => processOf(path, { within }),
      () => 1,
    );
  });
});
