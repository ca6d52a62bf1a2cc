/*
 * Hours of mixed work in one process, or seconds: npm run test:soak -- --minutes 20 [--seed 5] [--points 10000].
 * Every answer is checked, and every few minutes the database is closed, opened and compared as a whole. Memory (MiB),
 * handles, file size (MiB) and latency (ms) are sampled: from five minutes on, nothing may grow without bound. Ends with
 * 1 where something did, or where an answer was wrong.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { open } from '#silt/index.js';
import { Samples } from './samples.mjs';
import { Workload } from './workload.mjs';

const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '20' },
    seed: { type: 'string', default: '1' },
    points: { type: 'string', default: '10000' },
    dimension: { type: 'string', default: '128' },
  },
});
const minutes = Number(values.minutes);
const seed = Number(values.seed);
const MINUTE = 60_000;
/** Between two samples, two reopenings, two compactions asked for. */
const SAMPLE_MS = Math.min(15_000, (minutes * MINUTE) / 12);
const REOPEN_MS = Math.min(3 * MINUTE, (minutes * MINUTE) / 3);
const COMPACT_MS = Math.min(2 * MINUTE, (minutes * MINUTE) / 4);
/** Reads a second, as far as the machine allows. */
const READ_PAUSE_MS = 15;
const WRITE_PAUSE_MS = 5;

const folder = mkdtempSync(join(tmpdir(), 'silt-soak-'));
const config = { dimension: Number(values.dimension), metric: 'cosine', indexing: { mergeThreshold: 2_000 } };
const samples = new Samples();
const work = new Workload(seed, {
  points: Number(values.points),
  dimension: config.dimension,
  onLatency: (call, ms) => samples.note(call, ms),
});
const began = Date.now();
const until = began + minutes * MINUTE;

const COLUMNS = [
  ...['minutes', 'rss', 'heap', 'arenas', 'reservations', 'handles', 'disk', 'points', 'masked', 'pending'],
  ...['upsert', 'search', 'filtered'].flatMap((call) => [`${call} p50`, `${call} p99`]),
];

function print(sample) {
  if (samples.all.length === 1) console.log(COLUMNS.join('\t'));
  const cell = (value = 0) => (Number.isInteger(value) ? String(value) : value.toFixed(2));
  console.log(COLUMNS.map((name) => cell(sample[name])).join('\t'));
}

/** Works on an open database until it is time to close it. */
async function session(collection) {
  const end = Math.min(until, Date.now() + REOPEN_MS);
  let compactAt = Date.now() + COMPACT_MS;
  let failed;
  const loop = async (step, ms) => {
    try {
      while (Date.now() < end && !failed) {
        await step();
        await sleep(ms);
      }
    } catch (error) {
      failed ??= { error };
    }
  };
  await Promise.all([
    loop(() => work.write(collection), WRITE_PAUSE_MS),
    loop(() => work.read(collection), READ_PAUSE_MS),
    loop(() => work.read(collection), READ_PAUSE_MS),
    loop(async () => {
      if (Date.now() < compactAt) return;
      compactAt = Date.now() + COMPACT_MS;
      const { freedRows } = await collection.compact();
      if (freedRows < 0) throw new Error(`a compaction says that it freed ${freedRows} rows`);
      work.counts.compactions++;
    }, 250),
    loop(() => print(samples.take((Date.now() - began) / MINUTE, folder, collection.status())), SAMPLE_MS),
  ]);
  if (failed) throw failed.error;
}

let database = await open(folder);
try {
  await work.fill(await database.createCollection('points', config));
  let openings = 1;
  while (Date.now() < until) {
    await session(database.collection('points'));
    await work.compare(database.collection('points'));
    await database.close();
    database = await open(folder);
    openings++;
    await work.compare(database.collection('points'));
  }
  // What grows cannot be told from what warms up in less.
  const faults = minutes < 5 ? [] : samples.faults(2);
  console.log(JSON.stringify({ ...work.counts, live: work.live, openings }));
  for (const fault of faults) console.error(`grew: ${fault}`);
  if (faults.length > 0) process.exitCode = 1;
} catch (error) {
  console.error(error, `\nreplay: npm run test:soak -- --minutes ${minutes} --seed ${seed}`);
  process.exitCode = 1;
} finally {
  await database.close();
  rmSync(folder, { recursive: true, force: true });
}
