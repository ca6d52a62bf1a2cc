/** The demo, step by step: load, (kill a writer,) stream and search, open again, measure, show, check. */

import { cpus } from 'node:os';
import { relative } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { CollectionVerifyReport } from 'silt';
import { databaseFolder, missingRows, openWords, removeDatabase, type WordsDatabase } from './database.js';
import { count } from './format.js';
import { CACHE_DIR } from './glove.js';
import type { Glove } from './glove-rows.js';
import { type Killed, surveyWords, writeUntilKilled } from './kill.js';
import { loadOnScreen, showBar } from './load.js';
import type { DemoOptions } from './options.js';
import { drawPicture } from './picture.js';
import { type Plan, planFor } from './plan.js';
import { StreamProgress } from './progress.js';
import { measureRecall, type RecallRow } from './recall.js';
import { Recording } from './recording.js';
import { outcomeReport, recallReport, reopenReport, streamReport, surveyReport } from './report.js';
import type { Screen } from './screen.js';
import { type StreamState, streamRows } from './stream.js';
import { nearestWords } from './words.js';

/** Rows that one message of a writer that is to be killed tells of, and how many such messages there are at least. */
const KILL_BATCH_ROWS = 500;
const KILL_BATCHES = 40;
const FAULTS = [
  'selfLinks',
  'missingLinks',
  'doubleLinks',
  'deadEntries',
  'unreachable',
  'missingRows',
  'extraRows',
  'missingIds',
  'extraIds',
] as const;

/** Everything that the steps share. */
interface Run {
  screen: Screen;
  signal: AbortSignal;
  options: DemoOptions;
  folder: string;
  glove: Glove;
  plan: Plan;
}

/** Resolves to whether every word is there and in a sound graph. After an interruption the report is partial. */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const cacheDir = options.cache ?? CACHE_DIR;
  const glove = await loadOnScreen(screen, cacheDir, signal);
  const folder = databaseFolder(cacheDir);
  const run: Run = { screen, signal, options, folder, glove, plan: planFor(options, glove) };
  if (!options.keep) await removeDatabase(folder);
  let opened: WordsDatabase | undefined;
  try {
    const killed = options.kill ? await killWriter(run, cacheDir) : undefined;
    const opening = performance.now();
    opened = await openWords(folder, glove.dimension, options);
    const openMs = performance.now() - opening;
    const lost = killed && !(await survey(run, opened, killed, openMs));
    const state = await stream(run, opened);
    if (!signal.aborted) {
      opened = await reopen(run, opened);
      await recall(run, opened);
    }
    await showWords(run, opened);
    if (signal.aborted) {
      screen.line(
        `Interrupted with ${count(state.written)} words written, ${count(state.linked)} of them linked.`,
      );
      return false;
    }
    const outcome = await check(opened, state.total);
    screen.line(outcome.text);
    return outcome.ok && !lost;
  } finally {
    screen.clear();
    await opened?.db.close();
  }
}

async function killWriter(run: Run, cacheDir: string): Promise<Killed> {
  const { screen, options, plan, signal } = run;
  const batchRows = Math.max(1, Math.min(KILL_BATCH_ROWS, Math.ceil(plan.streamed.length / KILL_BATCHES)));
  screen.line('Another process writes, and will be killed halfway');
  const killed = await writeUntilKilled(
    { options, cacheDir, batchRows },
    { signal, onProgress: (done, todo) => showBar(screen, 'acknowledged', done, todo) },
  );
  screen.clear();
  screen.line(`  process ${killed.pid} killed (SIGKILL) after ${count(killed.acknowledged.length)} words`);
  return killed;
}

/** Whether all is there that was acknowledged. */
async function survey(
  { screen, glove }: Run,
  { words }: WordsDatabase,
  killed: Killed,
  openMs: number,
): Promise<boolean> {
  const found = await surveyWords(words, glove, killed.acknowledged, (done, total) =>
    showBar(screen, 'looking up every word', done, total),
  );
  screen.clear();
  const report = surveyReport(found, { points: await words.count(), openMs });
  for (const line of report.lines) screen.line(line);
  screen.line();
  return report.ok;
}

async function stream(run: Run, { words }: WordsDatabase): Promise<StreamState> {
  const { screen, plan, glove } = run;
  const rows = await missingRows(words, glove, plan.streamed);
  const before = await words.count();
  const there = before > 0 ? `${count(before)} are there` : 'none is there yet';
  screen.line(
    `Streaming ${count(rows.length)} words into ${shortPath(run.folder)}\n  (${there}; ${count(plan.heldOut.length)} held out as queries)`,
  );
  const progress = new StreamProgress();
  const recording = new Recording();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const state = await streamRows(words, {
    glove,
    rows,
    heldOut: plan.heldOut,
    signal: run.signal,
    onTurn(now) {
      const at = performance.now();
      progress.sample(at, now.written, now.linked);
      recording.sample(at, now);
      screen.show(
        () => progress.frame(now),
        () => progress.plain(now, at),
      );
    },
  });
  delay.disable();
  screen.clear();
  for (const line of streamReport(state, delay.percentile(99) / 1e6)) screen.line(line);
  recording.end(state);
  await picture(run, recording, state);
  screen.line();
  return state;
}

async function picture(
  { screen, options, glove }: Run,
  { samples }: Recording,
  state: StreamState,
): Promise<void> {
  if (options.picture === undefined) return;
  const { freshAsked: asked, freshFound: found } = state.queries;
  const cores = cpus();
  const machine = `${cores.length} cores, ${cores[0]?.model.trim() ?? 'unknown processor'}, Node ${process.version}`;
  for (const path of await drawPicture(options.picture, {
    samples,
    dimension: glove.dimension,
    asked,
    found,
    machine,
  }))
    screen.line(`  drawn: ${shortPath(path)}`);
}

async function reopen(
  { screen, folder, glove, options }: Run,
  { db }: WordsDatabase,
): Promise<WordsDatabase> {
  const closing = performance.now();
  await db.close();
  const opening = performance.now();
  const opened = await openWords(folder, glove.dimension, options);
  const { points, pending } = opened.words.status();
  const openMs = performance.now() - opening;
  screen.line(reopenReport({ closeMs: opening - closing, openMs, points, pending }));
  screen.line();
  // What the snapshot did not hold is linked again.
  await opened.words.buildNow();
  return opened;
}

async function recall({ screen, glove, plan, signal }: Run, { words }: WordsDatabase): Promise<void> {
  const rows: RecallRow[] = [];
  await measureRecall(words, glove, plan.heldOut, {
    signal,
    onProgress: (done, total) => showBar(screen, 'finding the exact answers', done, total),
    onRow: (row) => void rows.push(row),
  });
  screen.clear();
  if (rows.length === 0) return;
  for (const line of recallReport(rows, plan.heldOut.length)) screen.line(line);
  screen.line();
}

async function showWords({ screen, glove, plan }: Run, { words }: WordsDatabase): Promise<void> {
  if (plan.words.length === 0) return;
  screen.line(`Nearest words of ${count(await words.count())}, by similarity`);
  for (const word of plan.words) {
    for (const line of await nearestWords(words, glove, word)) screen.line(line);
  }
  screen.line();
}

async function check({ words }: WordsDatabase, expected: number): Promise<{ ok: boolean; text: string }> {
  const { points, pending, quarantined } = words.status();
  const problems = problemsOf(await words.verify());
  return outcomeReport({ expected, points, waiting: pending + quarantined, problems });
}

/** What the library's own check of graph and store complains about. */
function problemsOf(report: CollectionVerifyReport): string[] {
  if (report.ok) return [];
  const found = FAULTS.filter((fault) => report[fault] > 0).map((fault) => `${fault}: ${report[fault]}`);
  return [`verify() found ${found.join(', ') || 'a fault'}`];
}

/** As seen from here, if it lies below. */
function shortPath(path: string): string {
  const short = relative('.', path);
  return short === '' || short.startsWith('..') ? path : short;
}
