/* `silt status`: what collections are doing; with `--watch` as long as somebody looks. It asks the server that writes, or reads beside whoever does. */
import type { Command } from 'commander';
import type { CollectionStatus } from '../../api/upkeep.js';
import { integerIn } from '../frame/arguments.js';
import { silt, withPlace } from '../frame/command.js';
import { isAddress, pathOf } from '../frame/database.js';
import { Output, type OutputOptions, say, sayJson, table } from '../frame/output.js';
import { type Bars, barsOn } from '../frame/progress.js';
import { count, milliseconds, points } from '../frame/values.js';
import type { Asked, Place } from '../served/asked.js';
import { asking, type PlaceOptions, serverAt, writerOf } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly watch?: boolean;
  readonly interval: number;
}

interface Seen extends Omit<CollectionStatus, 'state'> {
  readonly name: string;
  /** `waiting`: points are pending, and no process has the folder open for writing, which would link them. */
  readonly state: CollectionStatus['state'] | 'waiting';
  /** Writes a second since the last look; null at the first. */
  readonly writesPerSecond: number | null;
  /** How long a search took here: the points nearest to the first one. Null where there is none to ask with. */
  readonly searchMs: number | null;
}

async function searchMs(collection: Asked): Promise<number | null> {
  if (collection.config.dimension === 0) return null;
  const { points } = await collection.scrollPage({ limit: 1, withPayload: false });
  if (points.length === 0) return null;
  const from = performance.now();
  await collection.search({ id: points[0]!.id }, { withPayload: false });
  return performance.now() - from;
}

/** Looks at collections again and again. */
class Watcher {
  readonly #place: Place;
  readonly #name: string | undefined;
  readonly #last = new Map<string, { readonly seq: number; readonly at: number }>();

  constructor(place: Place, name: string | undefined) {
    this.#place = place;
    this.#name = name;
  }

  async look(): Promise<Seen[]> {
    const names = this.#name === undefined ? await this.#place.names() : [this.#name];
    const all: Seen[] = [];
    const { path } = this.#place;
    for (const name of names) {
      const collection = await this.#place.collection(name);
      const ms = await searchMs(collection);
      const status = await collection.status();
      const waits = status.state === 'indexing' && !isAddress(path) && (await writerOf(path)) === null;
      const last = this.#last.get(name);
      const at = performance.now();
      this.#last.set(name, { seq: status.seq, at });
      const writesPerSecond = last ? Math.round((1_000 * (status.seq - last.seq)) / (at - last.at)) : null;
      all.push({ name, ...status, ...(waits && { state: 'waiting' }), writesPerSecond, searchMs: ms });
    }
    return all;
  }
}

const timeLeft = (seconds: number | null): string =>
  seconds === null ? '-' : milliseconds(1_000 * Math.max(0.001, seconds));

function shown(all: readonly Seen[]): string {
  if (all.length === 0) return 'no collections yet';
  const rows = all.map((one) => [
    one.name,
    one.state,
    count(one.points),
    count(one.indexed),
    count(one.pending),
    count(Math.round(one.linkedPerSecond)),
    timeLeft(one.pending === 0 ? null : one.etaSeconds),
    one.recall ? one.recall.value.toFixed(3) : '-',
    one.searchMs === null ? '-' : milliseconds(one.searchMs),
  ]);
  const head = ['COLLECTION', 'STATE', 'POINTS', 'INDEXED', 'PENDING', 'PER S', 'LEFT', 'RECALL', 'SEARCH'];
  const errors = all.flatMap(({ name, errors }) =>
    Object.entries(errors).map(([kind, why]) => `${name}: ${kind}: ${why}`),
  );
  const waiting = all.some(({ state }) => state === 'waiting')
    ? ['waiting: no process writes this; the next one that does links what is pending']
    : [];
  return [table(head, rows), ...waiting, ...errors].join('\n');
}

function drawn(bars: Bars, all: readonly Seen[]): void {
  for (const one of all) {
    const more = [
      points(one.points),
      `${count(one.pending)} ${one.state === 'waiting' ? 'waiting for a writer' : 'pending'}`,
      one.writesPerSecond ? `+${count(one.writesPerSecond)}/s` : '',
      one.pending > 0 && one.etaSeconds !== null ? `${timeLeft(one.etaSeconds)} left` : '',
      one.searchMs === null ? '' : `search ${milliseconds(one.searchMs)}`,
    ];
    bars.show(one.name, one.indexed, one.points, more.filter(Boolean).join(', '));
  }
}

/** Resolves after some time, or when the signal aborts. */
function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, ms);
    signal.onabort = () => {
      clearTimeout(timer);
      resolve();
    };
  });
}

async function watch(watcher: Watcher, output: Output, interval: number, signal: AbortSignal): Promise<void> {
  const bars = !output.json && process.stdout.isTTY ? await barsOn(process.stdout) : undefined;
  try {
    while (!signal.aborted) {
      const all = await watcher.look();
      if (output.json) for (const one of all) sayJson(one);
      else if (bars) drawn(bars, all);
      else say(shown(all));
      await pause(interval, signal);
    }
  } finally {
    bars?.end();
  }
}

async function status(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  const output = new Output(o);
  const path = pathOf(folder);
  // It knows what it links, and how fast; on the disk is what it has saved.
  const { url = path, apiKey = o.apiKey } = (await serverAt(path, o)) ?? {};
  await asking(url, { ...o, ...(apiKey && { apiKey }) }, async (place, signal) => {
    const watcher = new Watcher(place, name);
    if (o.watch) return watch(watcher, output, o.interval, signal);
    const all = await watcher.look();
    output.answer(all, () => shown(all));
  });
}

export function statusCommand(): Command {
  return withPlace(
    silt(
      'status',
      'Shows what collections are doing: as the silt serve says that has the folder open, else as a process sees it that reads beside the writer.',
      [
        'silt status ./data',
        'silt status ./data words --watch',
        'silt status http://127.0.0.1:6333 --watch',
        'silt status ./data --watch --json --interval 5000 >> status.jsonl',
      ],
    ),
  )
    .option('--watch', 'go on until Ctrl+C; with --json one document a line')
    .option('--interval <ms>', 'milliseconds between two looks', integerIn(50, 86_400_000), 1_000)
    .action(status);
}
