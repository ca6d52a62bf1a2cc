/*
 * T5: a process is killed, at any time or at a named place, again and again on one database: every write that was
 * acknowledged is there whole, no other is there in part, and it stays so after a build and in other processes.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import type { Database } from '#silt/index.js';
import { CRASH_PLACES } from '#silt/platform/faults.js';
import { amount } from '../support/amount.js';
import { liveOf } from '../support/databases.js';
import { integer, type Random, randomOf } from '../support/random.js';

const writer = fileURLToPath(new URL('writer.mjs', import.meta.url));
const { compare, buildAndVerify } = (await import(new URL('compare.mjs', import.meta.url).href)) as {
  compare(database: Database, log: string): Promise<void>;
  buildAndVerify(database: Database, log: string): Promise<void>;
};
const { openVariant, onCores, CAN_PIN } = (await import(new URL('machines.mjs', import.meta.url).href)) as {
  openVariant(path: string, variant: string): Promise<Database>;
  onCores(cores: number, program: string, args: readonly string[]): [string, string[]];
  CAN_PIN: boolean;
};

const SEED = Number(process.env['SILT_CRASH_SEED'] ?? 1);
const CYCLES = amount('SILT_CRASH_CYCLES', 6, 60);
/** Whether every other process has one core alone; those of `arenas` always do, where the system can. */
const PINS = process.env['SILT_CRASH_CORES'] === 'alternate';
if (PINS && !CAN_PIN) throw new Error('SILT_CRASH_CORES=alternate needs taskset and more than one core');
const VARIANTS = [
  { variant: 'small', cycles: CYCLES / 2, pins: PINS },
  { variant: 'large', cycles: CYCLES / 2, pins: PINS },
  { variant: 'arenas', cycles: CYCLES / 5, pins: CAN_PIN },
];
/** What one cycle may take, with a wide margin. */
const CYCLE_MS = 30_000;

interface Ended {
  readonly code: number | null;
  readonly signal: string | null;
  readonly errors: string;
}

/** Runs a writer until it ends or `kill` kills it. */
async function run(
  args: readonly string[],
  { place, cores = 2 }: { place?: string | undefined; cores?: number },
  kill: (child: ReturnType<typeof spawn>) => void,
): Promise<Ended> {
  const env = { ...process.env, ...(place !== undefined && { SILT_TEST_CRASH_AT: place }) };
  const [command, rest] = onCores(cores, process.execPath, [writer, ...args]);
  const child = spawn(command, rest, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let errors = '';
  child.stderr.on('data', (text: Buffer) => {
    errors += text.toString();
  });
  kill(child);
  const [code, signal] = (await once(child, 'close')) as [number | null, string | null];
  return { code, signal, errors };
}

/** Kills at a random time: mostly when writes are under way, else at any moment from the start on. */
function killLater(random: Random): (child: ReturnType<typeof spawn>) => void {
  const afterReady = random() < 0.8;
  const ms = afterReady ? 200 * random() ** 2 : 50 + 300 * random();
  return (child) => {
    const kill = (): unknown => setTimeout(() => child.kill('SIGKILL'), ms);
    if (afterReady) child.stdout!.once('data', kill);
    else kill();
  };
}

/** Where a cycle kills: each place in its turn, with as many cycles at random in between. */
function placeOf(random: Random, cycle: number): string | undefined {
  if (cycle % 3 !== 0) return undefined;
  const place = CRASH_PLACES[(cycle / 3) % CRASH_PLACES.length]!;
  return `${place}:${/^(snapshot|compacted)/.test(place) ? integer(random, 0, 3) : integer(random, 0, 30)}`;
}

async function cycleOf(
  folder: string,
  { variant, pins }: (typeof VARIANTS)[number],
  random: Random,
  cycle: number,
): Promise<void> {
  const cores = pins && cycle % 2 === 1 ? 1 : 2;
  const place = placeOf(random, cycle);
  const args = [folder, variant, String(integer(random, 0, 2 ** 32))];
  const ended = await run(args, { place, cores }, place === undefined ? killLater(random) : () => {});
  if (ended.signal !== 'SIGKILL')
    throw new Error(`killed at ${place ?? 'random'}: it ended by itself (${ended.code}): ${ended.errors}`);
  // Else the next process finds it as the kill left it.
  if (random() < 0.6) return;
  const log = join(folder, 'log');
  const database = await openVariant(join(folder, 'db'), variant);
  try {
    await compare(database, log);
    await buildAndVerify(database, log);
    await compare(database, log);
  } finally {
    await database.close();
  }
}

/** What was killed was no toy: rows were linked, and of the large one the graph answers. */
async function expectGraph(folder: string, variant: string): Promise<void> {
  const database = await openVariant(join(folder, 'db'), variant);
  try {
    const main = database.collection('main');
    await main.buildNow();
    if (CYCLES < 30) return; // a few processes may not come that far
    expect(main.status().points).toBeGreaterThan({ small: 50, large: 1_000, arenas: 300 }[variant]!);
    expect(main.info().payloadIndexes.length).toBeGreaterThan(0);
    const query = Float32Array.from({ length: main.config.dimension }, (_, i) => Math.sin(i));
    const { plan } = await main.explain(query);
    if (variant === 'large') expect(plan).toMatch(/^graph walk/);
    if (variant === 'arenas') expect(liveOf(main).graphs[0]!.engine.arenas.length).toBeGreaterThan(1);
  } finally {
    await database.close();
  }
}

test.concurrent.each(VARIANTS)(
  'killed again and again, a database keeps what it acknowledged: $variant',
  async (one) => {
    const { variant, cycles, pins } = one;
    const random = randomOf(SEED);
    const folder = await mkdtemp(join(tmpdir(), 'silt-crash-'));
    await writeFile(join(folder, 'log'), '');
    for (let cycle = 0; cycle < cycles; cycle++) {
      await cycleOf(folder, one, random, cycle).catch((error: Error) => {
        const cores = PINS ? 'SILT_CRASH_CORES=alternate ' : '';
        const replay = `SILT_CRASH_SEED=${SEED} SILT_CRASH_CYCLES=${CYCLES} ${cores}npx vitest run test/crash/kill.test.ts`;
        throw new Error(`${variant}, cycle ${cycle}, in ${folder}: ${error.message}\n${replay}`, {
          cause: error,
        });
      });
    }
    await expectGraph(folder, variant);
    for (const cores of pins ? [1, 2] : [2]) {
      const last = await run([folder, variant, '0', 'check'], { cores }, () => {});
      expect(last).toEqual({ code: 0, signal: null, errors: '' });
    }
    await rm(folder, { recursive: true });
  },
  CYCLE_MS * CYCLES,
);
