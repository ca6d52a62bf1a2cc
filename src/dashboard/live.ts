/* What moves: the stream of events of the server, and the last minutes of it for charts. */
import type { CollectionStatus } from '../api/upkeep.js';
import type { Overview, PastView, Tick } from '../server/dashboard/wire.js';
import { got, locked, streamed } from './api.ts';
import { storeOf } from './store.ts';

export const tick = storeOf<Tick | null>(null);
export const overview = storeOf<Overview | null>(null);
/** Why there is no connection; null while there is one. */
export const lost = storeOf<string | null>(null);

/** Ten minutes, twice a second. */
const KEPT = 1_200;
const AGAIN_MS = 1_000;

/** The last minutes of one collection: parallel lists. */
export interface Past {
  /** Seconds since 1970. */
  readonly at: number[];
  readonly points: number[];
  readonly indexed: number[];
}

const pasts = new Map<string, Past>();

export function pastOf(name: string): Past {
  let past = pasts.get(name);
  if (!past) pasts.set(name, (past = { at: [], points: [], indexed: [] }));
  return past;
}

function remember(at: number, name: string, { points, indexed }: CollectionStatus): void {
  const past = pastOf(name);
  past.at.push(at / 1_000);
  past.points.push(points);
  past.indexed.push(indexed);
  if (past.at.length > KEPT) for (const list of Object.values(past) as number[][]) list.shift();
}

/** What the server saw before this page was opened, or while nobody saw it. */
async function loadPast(): Promise<void> {
  const seen = await got<PastView>('past');
  for (const [name, { at, points, indexed }] of Object.entries(seen))
    pasts.set(name, { at: at.map((ms) => ms / 1_000), points: [...points], indexed: [...indexed] });
}

/** Points that came by the second, over the last five; deletions count against it. */
export function writtenPerSecond(name: string): number {
  const { at, points } = pastOf(name);
  const last = at.length - 1;
  if (last < 1) return 0;
  let first = last;
  while (first > 0 && at[last]! - at[first]! < 5) first--;
  return Math.max(0, (points[last]! - points[first]!) / (at[last]! - at[first]!));
}

async function reloadOverview(): Promise<void> {
  overview.set(await got<Overview>('overview'));
}

const namesOf = (names: Iterable<string>): string => [...names].sort().join('\n');

function took(event: Tick): void {
  for (const [name, status] of Object.entries(event.collections)) remember(event.at, name, status);
  tick.set(event);
  const known = overview.get();
  if (known && namesOf(Object.keys(event.collections)) !== namesOf(known.collections.map(({ name }) => name)))
    reloadOverview().catch(() => {}); // the next event tries again
}

async function read(body: ReadableStream<Uint8Array>): Promise<void> {
  const reader = body.getReader();
  const decoder = new TextDecoder();
  for (let text = ''; ; ) {
    const { done, value } = await reader.read();
    if (done) return;
    const events = (text + decoder.decode(value, { stream: true })).split('\n\n');
    text = events.pop()!;
    const last = events.at(-1);
    if (last?.startsWith('data: ')) {
      lost.set(null);
      took(JSON.parse(last.slice(6)) as Tick);
    }
  }
}

/** All is asked for at once: a server that is busy takes long for each turn. */
async function connect(signal: AbortSignal): Promise<void> {
  const leaving = new AbortController();
  try {
    const events = streamed('live', AbortSignal.any([signal, leaving.signal]));
    const [body] = await Promise.all([events, reloadOverview(), loadPast()]);
    await read(body);
  } finally {
    leaving.abort();
  }
}

async function follow(signal: AbortSignal): Promise<void> {
  while (!signal.aborted) {
    try {
      await connect(signal);
      if (!signal.aborted) lost.set('the server has closed the connection');
    } catch (error) {
      if (signal.aborted || locked.get()) return;
      lost.set(error instanceof TypeError ? 'the server cannot be reached' : (error as Error).message);
    }
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
  }
}

/** Begins, and rests while nobody sees the page. */
export function followLive(): void {
  let controller: AbortController | undefined;
  const adjust = (): void => {
    controller?.abort();
    controller = undefined;
    if (document.hidden || locked.get()) return;
    controller = new AbortController();
    follow(controller.signal).catch((error) => lost.set(String(error)));
  };
  document.addEventListener('visibilitychange', adjust);
  locked.follow(adjust);
  adjust();
}
