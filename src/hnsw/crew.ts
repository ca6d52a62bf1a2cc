/*
 * The searching threads of one engine, for searches that come while others are under way: each has a loop that takes them
 * (search-loop.ts), as long as they come, and a scratch of its own in every arena, behind those of the linkers.
 *
 * Scans that are divided among threads use the same scratches: the crew rests meanwhile (long-scan.ts).
 */
import { Queue } from '../base/queue.js';
import type { KernelCode } from '../kernel/builds.js';
import type { Platform } from '../platform/platform.js';
import type { Task } from '../platform/pool.js';
import type { Arena } from './arena.js';
import type { ArenaJob } from './job.js';
import type { LoopInput } from './search-loop.js';
import {
  type Answered,
  ASKED,
  DONE,
  ENTRIES,
  READY,
  RING_WORDS,
  SearchRing,
  SLEEPS,
  STOP,
  TOLD,
} from './search-ring.js';

/** Searches that a thread has before it, at least: one at work, and one that it finds when that is done. */
const AHEAD = 2;
/** At most, and for how many that wait there is one more: what is done here may take long, and none shall idle meanwhile. */
const AHEAD_MAX = 8;
const WAITING_EACH = 4;

/** Of one loop: counters are words of 32 bits. */
const SEARCHES_MAX = 1 << 30;

/** The answers to the jobs of a search, valid during the call. Undefined: it is to be done otherwise. */
type Take = (answered: readonly Answered[] | undefined) => void;

interface Waiting {
  readonly jobs: readonly ArenaJob[];
  readonly take: Take;
}

export class Crew {
  readonly #platform: Platform;
  readonly #arenas: readonly Arena[];
  readonly #code: KernelCode;
  readonly #members: Member[] = [];
  #resting = 0;
  /** All cores but that of the calling thread. */
  readonly #most: number;

  /** `arenas`: those of the engine, as they come and go. */
  constructor(platform: Platform, arenas: readonly Arena[], code: KernelCode) {
    this.#platform = platform;
    this.#most = platform.pool.parallelism - 1;
    this.#arenas = arenas;
    this.#code = code;
  }

  /** Searches answered so far. */
  get answered(): number {
    return this.#members.reduce((sum, { answered }) => sum + answered, 0);
  }

  get #size(): number {
    return this.#arenas.reduce((most, { searchers }) => Math.min(most, searchers), this.#most);
  }

  /**
   * A thread that has time for a search, of `waiting` that want an answer; one that is not there yet is started, for those
   * that follow.
   */
  free(waiting: number): Member | undefined {
    if (this.#resting > 0 || this.#arenas.length === 0) return undefined;
    const ahead = Math.min(AHEAD_MAX, AHEAD + Math.floor(waiting / WAITING_EACH));
    let free: Member | undefined;
    let room = 0;
    for (let i = 0; i < this.#size; i++) {
      const member = (this.#members[i] ??= new Member(this.#platform, this.#arenas, this.#code, i));
      const its = member.room(ahead);
      if (its <= room) continue;
      free = member;
      room = its;
    }
    return free;
  }

  /** Lets nobody search until the function that it resolves to is called; what is asked by then comes back undone. */
  async rest(): Promise<() => void> {
    this.#resting++;
    await Promise.all(this.#members.map((member) => member.stop()));
    return () => {
      this.#resting--;
    };
  }
}

class Member {
  readonly #platform: Platform;
  readonly #arenas: readonly Arena[];
  readonly #code: KernelCode;
  readonly #number: number;
  /** As long as the loop runs, or is about to; and the arenas that it knows. */
  #ring: SearchRing | undefined;
  #known: readonly Arena[] = [];
  #words = RING_WORDS;
  #task: Task<void> | undefined;
  #ended: Promise<void> = Promise.resolve();
  #asked = 0;
  #taken = 0;
  /** How many of the answers made others go on. */
  #noted = 0;
  /** Searches that this thread has answered. */
  answered = 0;
  /** In the order of the searches. */
  readonly #waiting = new Queue<Waiting>();

  constructor(platform: Platform, arenas: readonly Arena[], code: KernelCode, number: number) {
    this.#platform = platform;
    this.#arenas = arenas;
    this.#code = code;
    this.#number = number;
  }

  /** How many searches it would take now, if it had `ahead` before it at most. */
  room(ahead: number): number {
    const ring = (this.#ring ??= this.#start());
    if (this.#asked >= SEARCHES_MAX || !this.#knowsAll) {
      void this.stop();
      return 0;
    }
    if (Atomics.load(ring.words, READY) === 0) return 0;
    const left = this.#asked - Atomics.load(ring.words, DONE);
    return this.#asked - this.#taken >= ENTRIES ? 0 : ahead - left;
  }

  get #knowsAll(): boolean {
    return (
      this.#known.length === this.#arenas.length && this.#known.every((arena, i) => arena === this.#arenas[i])
    );
  }

  /** Hands a search over. False where the thread has just left, or has no room for it. */
  ask(vector: ArrayLike<number>, jobs: readonly ArenaJob[], take: Take): boolean {
    const ring = this.#ring!;
    const number = this.#asked;
    if (!ring.putAsked(number, vector, jobs)) {
      const words = ring.wordsFor(jobs);
      if (words === undefined || words <= this.#words) return false;
      this.#words = words; // from the next start on
      void this.stop();
      return false;
    }
    if (Atomics.compareExchange(ring.words, ASKED, number, number + 1) !== number) {
      ring.takeBack(number);
      return false;
    }
    if (Atomics.load(ring.words, SLEEPS) === 1) Atomics.notify(ring.words, ASKED);
    this.#asked = number + 1;
    this.#waiting.push({ jobs, take });
    return true;
  }

  /** Resolves when the loop has ended. */
  stop(): Promise<void> {
    const ring = this.#ring;
    if (ring) {
      Atomics.store(ring.words, STOP, 1);
      Atomics.notify(ring.words, ASKED);
      this.#task!.withdraw(); // it may wait for a thread that others keep busy
    }
    return this.#ended;
  }

  #start(): SearchRing {
    this.#known = [...this.#arenas];
    const { dimension } = this.#known[0]!;
    const ring = new SearchRing(dimension, this.#words);
    this.#asked = 0;
    this.#taken = 0;
    this.#noted = 0;
    const input: LoopInput = {
      arenas: this.#known.map(({ handle }) => handle),
      rows: this.#known.map(({ rows }) => rows),
      code: this.#code,
      searcher: this.#number,
      ring: ring.shared,
    };
    const told = (): void => this.#platform.time.goOn(() => this.#ring === ring && this.#takeNext(ring));
    const handOver = (): void => {
      void this.stop();
    };
    const memories = this.#known.map(({ handle }) => handle.number);
    this.#task = this.#platform.pool.run<void>('answer', input, 'search', { memories, told, handOver });
    const end = (): void => this.#end(ring);
    this.#ended = this.#task.result.then(end, end);
    return ring;
  }

  /** A piece of what a thread has ready; false where that was all. */
  #takeNext(ring: SearchRing): boolean {
    const done = Atomics.load(ring.words, DONE);
    if (this.#noted < done) {
      // Those that wait are handed over first, so that the thread is not idle while answers are made use of.
      this.#platform.time.letGo(done - this.#noted);
      this.#noted = done;
      return true;
    }
    if (this.#taken < done) {
      this.#take(ring);
      return true;
    }
    Atomics.store(ring.words, TOLD, 0);
    return Atomics.load(ring.words, DONE) !== done;
  }

  /** Takes one answer. */
  #take(ring: SearchRing): void {
    const { jobs, take } = this.#waiting.shift()!;
    this.#taken++;
    this.answered++;
    take(ring.takeAnswers(jobs));
  }

  /** It was left, stopped or lost; or could not be started, and the next search tries again. */
  #end(ring: SearchRing): void {
    for (const done = Atomics.load(ring.words, DONE); this.#taken < done; ) this.#take(ring);
    this.#ring = undefined;
    for (const { take } of [...this.#waiting]) {
      this.#waiting.shift();
      take(undefined);
    }
  }
}
