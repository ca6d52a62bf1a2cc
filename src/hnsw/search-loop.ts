/*
 * What a searching thread runs: one search of an engine's arenas after another, as they come (search-ring.ts). It leaves when
 * none has come for a while, or when its thread is wanted for something else.
 */
import type { ArenaHandle } from '../kernel/arena-memory.js';
import { bindKernel, type KernelCode } from '../kernel/builds.js';
import type { Kernel } from '../kernel/kernel.js';
import { VECTOR_OK } from '../kernel/layout.js';
import { Scratch } from '../kernel/scratch.js';
import type { TaskThread } from '../platform/pool.js';
import { perform } from './job.js';
import {
  ASKED,
  type AskedJob,
  DONE,
  LEFT,
  READY,
  type Room,
  SearchRing,
  SLEEPS,
  STOP,
  TOLD,
} from './search-ring.js';

/** How long it waits for the next search: starting anew takes some tenths of a millisecond. */
const IDLE_MS = 20;

export interface LoopInput {
  readonly arenas: readonly ArenaHandle[];
  /** How many rows each has: scans before may have left bits of these. */
  readonly rows: readonly number[];
  readonly code: KernelCode;
  /** Number of the searching thread: in each arena, nobody else uses its scratch meanwhile. */
  readonly searcher: number;
  readonly ring: SharedArrayBuffer;
}

/** How often it looks before it goes to sleep: for about as long as it takes to be woken, which is longer than small searches. */
const LOOKS = 20_000;

/** Whether search number `next` has come. */
function hasCome(words: Int32Array, next: number): boolean {
  const waits = (): boolean => Atomics.load(words, STOP) === 0 && Atomics.load(words, ASKED) === next;
  for (let looks = 0; looks < LOOKS && waits(); looks++);
  while (waits()) {
    Atomics.store(words, SLEEPS, 1);
    const woken = Atomics.wait(words, ASKED, next, IDLE_MS);
    Atomics.store(words, SLEEPS, 0);
    if (woken === 'timed-out' && Atomics.compareExchange(words, ASKED, next, LEFT) === next) return false;
  }
  return Atomics.load(words, STOP) === 0;
}

/** This thread in one arena. */
class Desk {
  readonly #kernel: Kernel;
  readonly #scratch: Scratch;
  /** Words of admitted rows that may not be zero: walks look as far as there are rows, which come at any time. */
  #used: number;

  constructor(
    { memory, scratch, threads }: ArenaHandle,
    { code, searcher }: Pick<LoopInput, 'code' | 'searcher'>,
    rows: number,
  ) {
    this.#kernel = bindKernel(code, memory, () => 1);
    this.#scratch = new Scratch(memory, scratch, threads + 1 + searcher);
    this.#used = Math.ceil(rows / 32);
  }

  #admit(bits: Uint32Array): void {
    if (bits.length === 0) return;
    const { admitted } = this.#scratch;
    admitted.set(bits);
    if (this.#used > bits.length) admitted.fill(0, bits.length, this.#used);
    this.#used = bits.length;
  }

  answer(query: Float32Array, { job, apart, bits }: AskedJob, ring: SearchRing, room: Room): void {
    const { at: scratch, beam, results } = this.#scratch;
    this.#scratch.setQuery(query);
    const verdict = this.#kernel.prepareQuery(scratch);
    const errors = this.#scratch.queryErrors;
    let outcome = { near: 0, met: 0, size: 0 };
    if (verdict === VECTOR_OK) {
      this.#admit(bits);
      let at = ring.entriesAt(room);
      const keep = (from: Uint32Array, entries: number): void => {
        at = ring.putEntries(at, from.subarray(0, 2 * entries));
      };
      outcome = perform(this.#kernel, scratch, job, apart, (entries) => keep(beam, entries));
      keep(results, outcome.size);
    }
    ring.putAnswer(room, job, verdict, outcome, errors);
  }
}

export function run(input: LoopInput, { tell }: Pick<TaskThread, 'tell'>): void {
  const { arenas, rows } = input;
  const ring = new SearchRing(arenas[0]!.dimension, input.ring);
  const { words } = ring;
  const desks = arenas.map((arena, i) => new Desk(arena, input, rows[i]!));
  Atomics.store(words, READY, 1);
  for (let next = 0; hasCome(words, next); next++) {
    const { query, jobs, room } = ring.asked(next);
    for (const [i, job] of jobs.entries()) desks[i]!.answer(query, job, ring, room);
    Atomics.store(words, DONE, next + 1);
    if (Atomics.exchange(words, TOLD, 1) === 0) tell();
  }
}
