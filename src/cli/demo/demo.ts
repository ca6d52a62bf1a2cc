/** The demo, step by step: load, stream and search, measure, show, check. */

import { monitorEventLoopDelay } from 'node:perf_hooks';
import { AsyncIndexBuilder, HnswIndex } from '../../index.js';
import { exactNearest } from './exact.js';
import { count, duration } from './format.js';
import { type Glove, loadGlove } from './glove.js';
import type { DemoOptions } from './options.js';
import { StreamProgress, singleBar } from './progress.js';
import { K, type Search } from './queries.js';
import { measureRecall, type RecallRow } from './recall.js';
import { outcomeReport, recallReport, streamReport } from './report.js';
import { type Split, splitRows } from './sample.js';
import type { Screen } from './screen.js';
import { type StreamState, streamRows } from './stream.js';
import { findWords, nearestWords, type WordRow } from './words.js';

/** Never inserted; all are timed as queries. */
const HELD_OUT = 1000;
/** Of these, so many are answered exactly, which costs a comparison with every row. */
const RECALL_SAMPLE = 200;
const FAULTS = ['selfLinks', 'missingLinks', 'doubleLinks', 'deadEntries', 'unreachable'] as const;

/** Everything that the steps share. */
interface Run {
  screen: Screen;
  signal: AbortSignal;
  glove: Glove;
  split: Split;
  words: WordRow[];
  builder: AsyncIndexBuilder;
  search: Search;
}

/** Resolves to whether every streamed row is in a sound index. After an interruption the report is partial. */
export async function runDemo(options: DemoOptions, screen: Screen, signal: AbortSignal): Promise<boolean> {
  const glove = await load(screen, signal);
  const words = findWords(options.words, glove);
  const keep = new Set(words.flatMap(({ row }) => row ?? []));
  const split = splitRows(glove.words.length, options.rows, HELD_OUT, keep);
  const { dimension } = glove;
  const threads = options.threads === undefined ? {} : { threads: options.threads };
  const index = new HnswIndex({ dimension, metric: 'cosine', ...threads });
  try {
    const builder = new AsyncIndexBuilder(index);
    const search: Search = (query, k, o) => builder.search(query, k, o);
    const run: Run = { screen, signal, glove, split, words, builder, search };
    const state = await stream(run);
    if (!signal.aborted) await recall(run);
    showWords(run, state);
    if (signal.aborted) {
      screen.line(
        `Interrupted with ${count(state.written)} rows written, ${count(state.linked)} of them linked.`,
      );
      return false;
    }
    const outcome = outcomeReport({
      streamed: split.streamed.length,
      indexSize: index.size,
      waiting: builder.bufferLength,
      problems: problemsOf(index),
    });
    screen.line(outcome.text);
    return outcome.ok;
  } finally {
    screen.clear();
    await index.close();
  }
}

async function load(screen: Screen, signal: AbortSignal): Promise<Glove> {
  const started = performance.now();
  const glove = await loadGlove({
    signal,
    onProgress(done, total, what) {
      if (total > 0) showBar(screen, what, done, total);
      else if (done === 0) screen.line(`  ${what}`);
      else {
        const text = `  ${what}: ${done} s`;
        screen.show(
          () => [text],
          () => text,
        );
      }
    },
  });
  screen.clear();
  const took = duration((performance.now() - started) / 1000);
  screen.line(`GloVe: ${count(glove.words.length)} words, ${glove.dimension} dimensions, loaded in ${took}`);
  const { duplicate, wrongLength, notFinite, zero } = glove.leftOut;
  if (duplicate + wrongLength + notFinite + zero > 0) {
    const reasons = `${duplicate} duplicate, ${wrongLength} too short, ${notFinite} not finite, ${zero} zero`;
    screen.line(`  left out: ${reasons}`);
  }
  return glove;
}

async function stream(run: Run): Promise<StreamState> {
  const { screen, split, builder } = run;
  const shape = `merge threshold ${count(builder.mergeThreshold)}, ${count(split.heldOut.length)} words held out`;
  screen.line(`Streaming ${count(split.streamed.length)} rows (${shape})`);
  const progress = new StreamProgress();
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const state = await streamRows(builder, {
    glove: run.glove,
    streamed: split.streamed,
    heldOut: split.heldOut,
    signal: run.signal,
    onTurn(now) {
      const at = performance.now();
      progress.sample(at, now.written, now.linked);
      screen.show(
        () => progress.frame(now),
        () => progress.plain(now, at),
      );
    },
  });
  delay.disable();
  screen.clear();
  for (const line of streamReport(state, delay.percentile(99) / 1e6)) screen.line(line);
  screen.line();
  return state;
}

async function recall(run: Run): Promise<void> {
  const { screen, glove, split, signal } = run;
  const rows: RecallRow[] = [];
  const step = Math.ceil(split.heldOut.length / RECALL_SAMPLE);
  const sample = split.heldOut.filter((_, i) => i % step === 0);
  try {
    const nearest = await exactNearest(glove, split.streamed, sample, K, {
      signal,
      onProgress: (done, total) => showBar(screen, 'finding the exact answers', done, total),
    });
    const exact = new Map(nearest.map((answer, i) => [sample[i]!, answer]));
    const onRow = (row: RecallRow) => void rows.push(row);
    await measureRecall(run.search, glove, split.heldOut, exact, { signal, onRow });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  screen.clear();
  if (rows.length === 0) return;
  for (const line of recallReport(rows, sample.length, split.heldOut.length)) screen.line(line);
  screen.line();
}

function showWords(run: Run, state: StreamState): void {
  const { screen, glove, split } = run;
  if (run.words.length === 0) return;
  const streamed = new Set(split.streamed.subarray(0, state.written));
  screen.line(`Nearest words of ${count(state.written)}, by similarity`);
  for (const word of run.words) {
    for (const line of nearestWords(run.search, glove, word, (row) => streamed.has(row))) screen.line(line);
  }
  screen.line();
}

function showBar(screen: Screen, label: string, done: number, total: number): void {
  screen.show(
    () => [singleBar(label, done, total)],
    () => `  ${label}: ${Math.floor((100 * done) / total)} %`,
  );
}

/** What the library's own check of the graph complains about. */
function problemsOf(index: HnswIndex): string[] {
  const report = index.verify();
  if (report.ok) return [];
  const found = FAULTS.filter((fault) => report[fault] > 0).map((fault) => `${fault}: ${report[fault]}`);
  return [`verify() found ${found.join(', ') || 'a fault'}`];
}
