/*
 * Has a field laid out in a thread of its own. The thread reads rows and links from the arenas' shared memory, as they are
 * at that moment, and writes nothing there; rows that come, or are masked, while it works are not in what it gives.
 */
import { onAbort } from '../base/aborts.js';
import type { Engine } from '../hnsw/engine.js';
import type { LayoutInput, LayoutOutput, Numbered } from './layout-task.js';

export interface StartOptions {
  readonly seed: number;
  readonly limit: number;
  /** What is there already: what it lacks is placed between. Shared memory, which nobody changes meanwhile. */
  readonly laid?: Numbered | undefined;
  /** How rows lay in the layout whose place this one takes. As for `laid`. */
  readonly before?: Numbered | undefined;
  readonly signals?: readonly (AbortSignal | undefined)[];
  /** Told the share that is done, from 0 to 1. */
  readonly onProgress?: ((share: number) => void) | undefined;
}

/** @throws the reason of a signal; SiltError WORKER_LOST where no thread could be started, or it ended */
export async function startLayout(engine: Engine, o: StartOptions): Promise<LayoutOutput> {
  const { seed, limit, laid = null, before = null, signals = [], onProgress } = o;
  const arenas = engine.arenas.map(({ handle, base }) => ({ handle, base }));
  const progress = new Int32Array(new SharedArrayBuffer(4));
  const input: LayoutInput = { arenas, code: engine.code, seed, limit, laid, before, progress };
  let ended: { readonly reason: unknown } | undefined;
  const task = engine.platform.pool.run<LayoutOutput>('layout', input, 'map', {
    memories: arenas.map(({ handle }) => handle.number),
    told: () => ended || onProgress?.(Atomics.load(progress, 0) / 1_000),
  });
  const unheard = onAbort(signals, (reason) => {
    ended = { reason };
    task.terminate();
  });
  try {
    const output = await task.result;
    if (ended) throw ended.reason;
    return output;
  } catch (error) {
    throw ended ? ended.reason : error;
  } finally {
    unheard();
  }
}
