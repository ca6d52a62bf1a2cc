/* The command `silt serve`, as a process: what it prints, how it ends, and what it keeps when it is killed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { amount } from '../../support/amount.js';
import { withFolder } from '../../support/files.js';
import { ROOT } from '../../support/sources.js';
import { talk } from './raw.js';
import { askerOf } from './served.js';

const KILLS = amount('SILT_KILLS', 1, 5);

interface Silt {
  readonly child: ChildProcess;
  /** What it has printed. */
  out(): string;
  /** Its exit code, or the signal. */
  readonly ended: Promise<number | string>;
}

function silt(args: readonly string[], env: Readonly<Record<string, string>> = {}): Silt {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (text) => {
      out += text;
    });
  const ended = once(child, 'close').then(([code, signal]) => code ?? signal);
  return { child, out: () => out, ended };
}

/** The address that it prints when it listens. */
async function listening({ child, out, ended }: Silt): Promise<string> {
  while (true) {
    const [, url] = /at (https?:\/\/\S+)/.exec(out()) ?? [];
    if (url) return url;
    const now = await Promise.race([once(child.stdout!, 'data'), ended]);
    if (!Array.isArray(now)) throw new Error(`silt serve ended: ${out()}`);
  }
}

test('it serves until a signal, finishes what it accepted, and keeps it', async () => {
  await withFolder(async (folder) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      const run = silt(['serve', '--port', '0', '--path', join(folder, 'data')]);
      const url = await listening(run);
      expect(run.out()).toMatch(
        /^silt serves \S+ at http:\/\/127\.0\.0\.1:\d+ \(no key is needed\)\. Ctrl\+C ends it\.\n$/,
      );
      const ask = askerOf(url);
      await ask('PUT', `/collections/${signal}`, { vectors: { size: 2, distance: 'Dot' } });
      const body = JSON.stringify({ points: [{ id: 1, vector: [1, 2] }] });
      const answer = await talk(Number(new URL(url).port), async (socket) => {
        socket.write(
          `PUT /collections/${signal}/points?wait=true HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n`,
        );
        while (!(await ask('GET', '/metrics')).text.includes('rest_requests_active 2'))
          await new Promise(setImmediate);
        run.child.kill(signal);
        while (!run.out().includes('finishing')) await once(run.child.stderr!, 'data');
        socket.write(body);
      });
      expect(answer).toContain('"completed"');
      expect(await run.ended).toBe(0);
    }
    const again = silt(['serve', '--port', '0', '--path', join(folder, 'data'), '--read-only']);
    const ask = askerOf(await listening(again));
    for (const name of ['SIGTERM', 'SIGINT'])
      expect((await ask('POST', `/collections/${name}/points/count`, {})).result).toEqual({ count: 1 });
    expect((await ask('DELETE', '/collections/SIGINT')).status).toBe(403);
    again.child.kill();
    await again.ended;
  });
});

/** Clients that write points until the server is gone: each acknowledged id. */
async function writers(url: string, clients: number, from: number): Promise<number[]> {
  const ask = askerOf(url);
  const acknowledged: number[] = [];
  const writer = async (client: number): Promise<void> => {
    for (let at = 0; ; at++) {
      const ids = Array.from({ length: 5 }, (_, i) => from + client * 1e6 + at * 5 + i);
      const points = ids.map((id) => ({ id, vector: [id % 7, 1], payload: { id } }));
      const { status } = await ask('PUT', '/collections/kept/points?wait=true', { points });
      if (status === 200) acknowledged.push(...ids);
    }
  };
  await Promise.allSettled(Array.from({ length: clients }, (_, i) => writer(i)));
  return acknowledged;
}

test('SIGKILL while points are written loses none that were acknowledged', async () => {
  await withFolder(async (folder) => {
    const args = ['serve', '--port', '0', '--path', folder];
    const all: number[] = [];
    for (let kill = 0; kill <= KILLS; kill++) {
      const run = silt(args);
      const url = await listening(run);
      const ask = askerOf(url);
      await ask('PUT', '/collections/kept', { vectors: { size: 2, distance: 'Dot' } });
      for (let at = 0; at < all.length; at += 1_000) {
        const ids = all.slice(at, at + 1_000);
        const { result } = await ask('POST', '/collections/kept/points', { ids, with_payload: true });
        expect((result as { payload: { id: number } }[]).map(({ payload }) => payload.id)).toEqual(ids);
      }
      if (kill < KILLS) {
        const written = writers(url, 4, kill * 1e8);
        while (
          ((await ask('POST', '/collections/kept/points/count', {})).result as { count: number }).count <
          all.length + 300
        )
          await new Promise(setImmediate);
        run.child.kill('SIGKILL');
        all.push(...(await written));
        expect(await run.ended).toBe('SIGKILL');
      } else {
        run.child.kill();
        await run.ended;
      }
    }
    expect(all.length).toBeGreaterThan(250 * KILLS);
  });
});

test.each(['false', ''])('SILT_INSECURE=%j is no leave to listen everywhere without a key', async (no) => {
  await withFolder(async (folder) => {
    const run = silt(['serve', '--port', '0', '--path', folder, '--host', '0.0.0.0'], {
      SILT_INSECURE: no,
    });
    expect(await run.ended).not.toBe(0);
    expect(run.out()).toMatch(/key/);
  });
});

test('a variable that is neither true nor false ends the command before it opens anything', async () => {
  await withFolder(async (folder) => {
    const run = silt(['serve', '--port', '0', '--path', folder], { SILT_READ_ONLY: 'perhaps' });
    expect(await run.ended).toBe(2);
    expect(run.out()).toContain('SILT_READ_ONLY must be true or false, got "perhaps"');
  });
});

test('a variable may have several origins', async () => {
  await withFolder(async (folder) => {
    const run = silt(['serve', '--port', '0', '--path', folder], {
      SILT_CORS: 'https://a.example, https://b.example',
    });
    const ask = askerOf(await listening(run));
    for (const [origin, status] of [
      ['https://a.example', 200],
      ['https://b.example', 200],
      ['https://c.example', 403],
    ] as const)
      expect((await ask('GET', '/collections', undefined, { origin })).status, origin).toBe(status);
    run.child.kill();
    await run.ended;
  });
});

test('keys come by variables, and are asked for', async () => {
  await withFolder(async (folder) => {
    const run = silt(['serve', '--port', '0', '--path', folder, '--host', '0.0.0.0'], {
      SILT_API_KEY: 'by-the-environment',
    });
    const { port } = new URL(await listening(run));
    const ask = askerOf(`http://127.0.0.1:${port}`);
    expect((await ask('GET', '/collections')).status).toBe(401);
    expect((await ask('GET', '/collections', undefined, { 'api-key': 'by-the-environment' })).status).toBe(
      200,
    );
    // Who writes the folder already is not disturbed.
    const second = silt(['serve', '--port', '0', '--path', folder]);
    expect(await second.ended).toBe(4);
    expect(second.out()).toMatch(
      /is already open in process \d+\.\nAnother process writes this database\. Stop it, or serve with --read-only beside it/,
    );
    const third = silt(['serve', '--port', port, '--path', join(folder, 'other')]);
    expect(await third.ended).toBe(1);
    expect(third.out()).toMatch(
      /EADDRINUSE.*\nAnother process listens there\. Stop it, or take another port/,
    );
    run.child.kill();
    await run.ended;
  });
});

test('wrong arguments end it with 2, and it says what is right', async () => {
  await withFolder(async (folder) => {
    const cert = join(folder, 'cert.pem');
    await writeFile(cert, 'x');
    const table = [
      [['serve', '--port', 'x'], 2, /A port is a number from 0 to 65535/],
      [['serve', '--prot', '1'], 2, /unknown option '--prot'\n\(Did you mean --port\?\)/],
      [['server'], 2, /unknown command 'server'\n\(Did you mean serve\?\)/],
      [
        ['serve', '--host', '0.0.0.0', '--path', folder],
        2,
        /there is no key: set --api-key \(or SILT_API_KEY\), .* or set --insecure\n/,
      ],
      [
        ['serve', '--api-key', 'short', '--path', folder],
        2,
        /--api-key \(or SILT_API_KEY\) must be a string of at least 8/,
      ],
      [['serve', folder], 2, /unexpected argument '.*'\. Did you mean --path .*\?/],
      [['serve', '--tls-cert', cert], 2, /--tls-cert and --tls-key go together/],
      [
        ['serve', '--tls-cert', cert, '--tls-key', join(folder, 'none')],
        2,
        /--tls-key must be a file that can be read: ENOENT/,
      ],
      [['serve', '--tls-cert', cert, '--tls-key', cert], 2, /tls: certificate and key must be in PEM/],
      [['serve', '--help'], 0, /--read-only-api-key <key>/],
      [['--version'], 0, /^\d+\.\d+\.\d+\n$/],
      [[], 2, /Usage: silt/],
    ] as const;
    const ran = await Promise.all(
      table.map(async ([args]) => {
        const run = silt(args);
        return [await run.ended, run.out()] as const;
      }),
    );
    for (const [at, [args, code, text]] of table.entries()) {
      expect(ran[at]![0], `${args.join(' ')}: ${ran[at]![1]}`).toBe(code);
      expect(ran[at]![1]).toMatch(text);
    }
  });
});
