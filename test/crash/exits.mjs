/*
 * T14: processes that end in all ways, whatever they are doing, at random moments, one after another on one database.
 * By hand, as many as you like: npm run test:exits -- --exits 1000 [--seed 5]. A run that fails prints the line that
 * replays it.
 */
import { spawn } from 'node:child_process';
import { randomInt } from 'node:crypto';
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const child = fileURLToPath(new URL('exits-child.mjs', import.meta.url));

const CODES = { exit: 7, throw: 1, reject: 1, end: 0, close: 0, signal: 'SIGTERM', handler: 9 };
const THREAD_CODES = { exit: 0, throw: 0, reject: 0, end: 0, close: 0, terminate: 0, main: 7 };
export const WAYS = [...Object.keys(CODES), ...Object.keys(THREAD_CODES).map((way) => `thread-${way}`)];
export const WORKS = ['write', 'open', 'build', 'compact', 'index', 'close', 'scan', 'read'];

/** From the wish to end until the end; what takes longer hangs. Generous: the machine may be busy. */
const HANG_MS = 60_000;
/** For the work before; a database is opened, checked, filled. */
const BEGIN_MS = 120_000;

/** Numbers from 0 to below 1, the same for the same seed (mulberry32). */
export function randomFrom(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Runs one process to its end. Resolves with what was wrong, if anything, and how long the end took. */
function endOne(job) {
  return new Promise((resolve) => {
    const running = spawn(process.execPath, [child, JSON.stringify(job)], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const text = { out: '', err: '' };
    let endingAt = 0;
    let hung = false;
    const kill = () => {
      hung = true;
      running.kill('SIGKILL');
    };
    let timer = setTimeout(kill, BEGIN_MS);
    const end = () => {
      if (endingAt) return;
      endingAt = performance.now();
      clearTimeout(timer);
      timer = setTimeout(kill, HANG_MS);
    };
    running.stdout.on('data', (data) => {
      const before = text.out;
      text.out += data;
      if (text.out.includes('ending')) end();
      if (job.way === 'signal' && !before.includes('working') && text.out.includes('working'))
        setTimeout(() => {
          end();
          running.kill('SIGTERM');
        }, job.delayMs);
    });
    running.stderr.on('data', (data) => {
      text.err += data;
    });
    running.once('close', (code, signal) => {
      clearTimeout(timer);
      const thread = job.way.replace('thread-', '');
      const expected = thread === job.way ? CODES[job.way] : THREAD_CODES[thread];
      const got = signal ?? code;
      const wrong = hung
        ? 'it hangs'
        : got === expected
          ? undefined
          : `it ended with ${got}, not ${expected}`;
      resolve({ wrong, ms: performance.now() - endingAt, ...text });
    });
  });
}

/** Ends `exits` processes on one database, seeded. Throws where one hangs, loses a write, or ends with another code. */
export async function runExits({ exits, seed, note = () => {} }) {
  const random = randomFrom(seed);
  const folder = mkdtempSync(join(tmpdir(), 'silt-exits-'));
  writeFileSync(join(folder, 'log'), '');
  let slowest = 0;
  for (let exit = 0; exit <= exits; exit++) {
    const last = exit === exits;
    const way = last ? 'close' : WAYS[Math.floor(random() * WAYS.length)];
    const work = last ? 'read' : WORKS[Math.floor(random() ** 1.5 * WORKS.length)];
    const delayMs = Math.floor((work === 'open' ? 150 : 250) * random() ** 2);
    const { wrong, ms, out, err } = await endOne({ folder, way, work, delayMs });
    appendFileSync(join(folder, 'log'), `exit ${exit} ${way} ${work} ${delayMs}\n`);
    if (wrong)
      throw new Error(
        `exit ${exit} of ${exits}, ${way} while ${work} after ${delayMs} ms, in ${folder}: ${wrong}\n${out}${err}` +
          `\nnode test/crash/exits.mjs --exits ${exits} --seed ${seed}`,
      );
    slowest = Math.max(slowest, ms);
    note({ exit, way, work, ms });
  }
  rmSync(folder, { recursive: true });
  return { slowestMs: slowest };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({ options: { exits: { type: 'string' }, seed: { type: 'string' } } });
  const exits = Number(values.exits ?? 1000);
  const seed = Number(values.seed ?? randomInt(2 ** 31));
  const counts = new Map();
  const began = performance.now();
  const { slowestMs } = await runExits({
    exits,
    seed,
    note: ({ exit, way, work }) => {
      counts.set(way, (counts.get(way) ?? 0) + 1);
      counts.set(work, (counts.get(work) ?? 0) + 1);
      if (exit % 50 === 0) console.log(`${exit} of ${exits}`);
    },
  });
  console.log([...counts].map(([name, count]) => `${name} ${count}`).join(', '));
  const seconds = Math.round((performance.now() - began) / 1000);
  console.log(
    `${exits} exits, seed ${seed}: none hangs, nothing is lost; the slowest end ${Math.round(slowestMs)} ms, ${seconds} s`,
  );
}
