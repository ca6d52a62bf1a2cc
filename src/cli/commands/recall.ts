/* `silt recall`: the answers of the graph against exact ones, at several targets. */
import { type Command, InvalidArgumentError } from 'commander';
import type { RecallReport } from '../../api/upkeep.js';
import type { PointId } from '../../base/ids.js';
import { integerIn, numberIn } from '../frame/arguments.js';
import { silt, withPlace } from '../frame/command.js';
import { Output, type OutputOptions, table } from '../frame/output.js';
import { count, milliseconds } from '../frame/values.js';
import type { Asked } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly target: readonly number[];
  readonly k: number;
  readonly sample: number;
  readonly using?: string;
}

interface Measured extends RecallReport {
  /** Median time of a search, in milliseconds, without the way to a server; null where there is no point to ask with. */
  readonly ms: number | null;
}

/** Searches that are timed. */
const TIMED = 50;

async function medianMs(
  collection: Asked,
  ids: readonly PointId[],
  o: { readonly k: number; readonly recall: number; readonly using: string | undefined },
): Promise<number | null> {
  const times: number[] = [];
  for (const id of ids) {
    const from = performance.now();
    await collection.search({ id }, { ...o, withPayload: false });
    times.push(performance.now() - from);
  }
  return times.sort((a, b) => a - b)[times.length >> 1] ?? null;
}

/** Some points that can be asked with, in the order of their ids. */
async function idsOf(collection: Asked, using: string | undefined): Promise<PointId[]> {
  const filter = using === undefined ? undefined : { must: { has_vector: using } };
  const { points } = await collection.scrollPage({ limit: TIMED, withPayload: false, filter });
  return points.map(({ id }) => id);
}

const WIDTH = 40;

/** A line for each target: how far it came, between the worst of all (rounded down to a tenth) and 1. */
function plot(reports: readonly Measured[]): string {
  const worst = Math.min(...reports.map(({ value, target }) => Math.min(value, target ?? 1)));
  const from = Math.min(0.9, Math.floor(10 * worst) / 10);
  const at = (share: number): number => Math.round((WIDTH * (share - from)) / (1 - from));
  const lines = reports.map(({ value, target }) => {
    const bar = '#'.repeat(at(value)).padEnd(WIDTH, '.');
    const mark = at(target ?? 1);
    return `${String(target).padStart(6)} ${bar.slice(0, mark)}|${bar.slice(mark)}`;
  });
  return [
    `${' '.repeat(7)}${from.toFixed(1).padEnd(WIDTH - 2)}1.0`,
    ...lines,
    '       # recall, | what was asked for',
  ].join('\n');
}

function shown(reports: readonly Measured[]): string {
  const rows = reports.map(({ target, value, ef, sample, ms }) => [
    String(target),
    value.toFixed(4),
    value >= (target ?? 0) ? 'yes' : 'no',
    count(ef),
    count(sample),
    ms === null ? '-' : milliseconds(ms),
  ]);
  return `${table(['TARGET', 'RECALL', 'REACHED', 'EF', 'QUERIES', 'TIME'], rows)}\n\n${plot(reports)}`;
}

function recall(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  const output = new Output(o);
  const { k, sample, using } = o;
  return asking(folder, o, async (place) => {
    const collection = await place.collection(name);
    const ids = await idsOf(collection, using);
    const reports: Measured[] = [];
    for (const target of [...o.target].sort((a, b) => a - b)) {
      const { searchMs, ...report } = await collection.measureRecall({ recall: target, k, sample, using });
      const ms =
        searchMs === undefined ? await medianMs(collection, ids, { k, recall: target, using }) : searchMs;
      reports.push({ ...report, ms });
    }
    output.answer(reports, () => shown(reports));
  });
}

const DEFAULTS: readonly number[] = [0.9, 0.95, 0.98, 0.99];

function targetIn(text: string, before: readonly number[]): number[] {
  const target = numberIn(0, 1)(text);
  if (target <= 0 || target >= 1) throw new InvalidArgumentError('A target is between 0 and 1.');
  return before === DEFAULTS ? [target] : [...before, target];
}

export function recallCommand(): Command {
  return withPlace(
    silt('recall', 'Compares answers of the index with exact ones, at several recall targets.', [
      'silt recall ./data words',
      'silt recall http://127.0.0.1:6333 words',
      'silt recall ./data words --target 0.9 0.95 0.99 -k 20 --sample 500',
    ]),
  )
    .option('--target <share...>', 'recalls to ask for', targetIn, DEFAULTS as number[])
    .option('-k <points>', 'how many of the nearest', integerIn(1, 16_384), 10)
    .option('--sample <queries>', 'how many queries', integerIn(1, 100_000), 100)
    .option('--using <field>', 'the field of vectors')
    .action(recall);
}
