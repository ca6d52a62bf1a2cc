/*
 * What a searching thread runs: one search of an arena after another, as they come (search-ring.ts): window, then graph,
 * as in search.ts. It leaves when none has come for a while, or when its thread is wanted for something else.
 */
import type { ArenaHandle } from '../kernel/arena-memory.js';
import { bindKernel, type KernelCode } from '../kernel/builds.js';
import { UNFILTERED } from '../kernel/layout.js';
import { Scratch } from '../kernel/scratch.js';
import type { TaskThread } from '../platform/pool.js';
import { OUT_OF_WINDOW } from './admitted.js';
import { ASKED, DONE, LEFT, READY, SearchRing, STOP, TOLD } from './search-ring.js';

/** How long it waits for the next search: starting anew takes some tenths of a millisecond. */
const IDLE_MS = 20;

export interface LoopInput {
  readonly arena: ArenaHandle;
  readonly code: KernelCode;
  /** Whose scratch to use: nobody else does meanwhile. */
  readonly thread: number;
  readonly ring: SharedArrayBuffer;
}

/** Whether search number `next` has come. */
function hasCome(words: Int32Array, next: number): boolean {
  while (Atomics.load(words, STOP) === 0 && Atomics.load(words, ASKED) === next) {
    if (Atomics.wait(words, ASKED, next, IDLE_MS) !== 'timed-out') continue;
    if (Atomics.compareExchange(words, ASKED, next, LEFT) === next) return false;
  }
  return Atomics.load(words, STOP) === 0;
}

export function run(input: LoopInput, { tell }: Pick<TaskThread, 'tell'>): void {
  const { arena, code, thread } = input;
  const ring = new SearchRing(arena.dimension, input.ring);
  const { words } = ring;
  const kernel = bindKernel(code, arena.memory, () => 1);
  const own = new Scratch(arena.memory, arena.scratch, thread);
  const scratch = own.at;
  Atomics.store(words, READY, 1);
  for (let next = 0; hasCome(words, next); next++) {
    const asked = ring.asked(next);
    const { from, rows, k, ef, admission } = asked;
    own.setQuery(asked.query);
    kernel.prepareQuery(scratch);
    const size = from < rows ? kernel.scan(scratch, from, rows, k, 0, OUT_OF_WINDOW, UNFILTERED) : 0;
    const met = kernel.walk(scratch, ef, admission);
    const found = kernel.rescore(scratch, met, k, size);
    ring.putAnswer(next, met, own.results.subarray(0, 2 * found));
    Atomics.store(words, DONE, next + 1);
    if (Atomics.exchange(words, TOLD, 1) === 0) tell();
  }
}
