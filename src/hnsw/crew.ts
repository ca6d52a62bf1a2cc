/*
 * The searching threads of one arena, for searches that come while others are under way: each has a loop that takes them
 * (search-loop.ts), as long as they come, and a scratch of its own behind those of the linkers.
 *
 * Scans that are divided among threads use the same scratches: the crew rests meanwhile (long-scan.ts).
 */
import type { ArenaHandle } from '../kernel/arena-memory.js';
import type { KernelCode } from '../kernel/builds.js';
import type { Pool, Task } from '../platform/pool.js';
import type { LoopInput } from './search-loop.js';
import {
  type Answered,
  ASKED,
  type Asked,
  DONE,
  ENTRIES,
  READY,
  SearchRing,
  STOP,
  TOLD,
} from './search-ring.js';

const MODULE = new URL('./search-loop.js', import.meta.url);

/** Searches that a thread has before it: one at work, and one that it finds when that is done. */
const AHEAD = 2;

/** Of one loop: counters are words of 32 bits. */
const SEARCHES_MAX = 1 << 30;

/** Undefined: it was not answered, and is to be done otherwise. */
type Taken = (answered: Answered | undefined) => void;

export class Crew {
  readonly #pool: Pool;
  readonly #arena: ArenaHandle;
  readonly #code: KernelCode;
  readonly #members: Member[] = [];
  #resting = 0;

  constructor(pool: Pool, arena: ArenaHandle, code: KernelCode) {
    this.#pool = pool;
    this.#arena = arena;
    this.#code = code;
  }

  /** Searches answered so far. */
  get answered(): number {
    return this.#members.reduce((sum, { answered }) => sum + answered, 0);
  }

  /** All cores but that of the calling thread. */
  get #size(): number {
    return Math.min(this.#arena.searchers, this.#pool.parallelism - 1);
  }

  /** A thread that has time for a search; one that is not there yet is started, for those that follow. */
  free(): Member | undefined {
    if (this.#resting > 0) return undefined;
    let free: Member | undefined;
    for (let i = 0; i < this.#size; i++) {
      const member = (this.#members[i] ??= new Member(this.#pool, this.#arena, this.#code, i));
      if (member.room > (free?.room ?? 0)) free = member;
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
  readonly #pool: Pool;
  readonly #arena: ArenaHandle;
  readonly #code: KernelCode;
  readonly #number: number;
  /** As long as the loop runs, or is about to. */
  #ring: SearchRing | undefined;
  #task: Task<void> | undefined;
  #ended: Promise<void> = Promise.resolve();
  #asked = 0;
  #taken = 0;
  /** Searches that this thread has answered. */
  answered = 0;
  /** In the order of the searches. */
  readonly #waiting: Taken[] = [];

  constructor(pool: Pool, arena: ArenaHandle, code: KernelCode, number: number) {
    this.#pool = pool;
    this.#arena = arena;
    this.#code = code;
    this.#number = number;
  }

  /** How many searches it would take now. */
  get room(): number {
    const ring = (this.#ring ??= this.#start());
    if (this.#asked >= SEARCHES_MAX) void this.stop();
    if (
      Atomics.load(ring.words, READY) === 0 ||
      this.#asked >= SEARCHES_MAX ||
      this.#asked - this.#taken >= ENTRIES
    )
      return 0;
    return AHEAD - (this.#asked - Atomics.load(ring.words, DONE));
  }

  /** Hands a search over. False where the thread has just left. */
  ask(asked: Asked, vector: ArrayLike<number>, taken: Taken): boolean {
    const ring = this.#ring!;
    const number = this.#asked;
    ring.putAsked(number, asked, vector);
    if (Atomics.compareExchange(ring.words, ASKED, number, number + 1) !== number) return false;
    Atomics.notify(ring.words, ASKED);
    this.#asked = number + 1;
    this.#waiting.push(taken);
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
    const arena = this.#arena;
    const ring = new SearchRing(arena.dimension);
    this.#asked = 0;
    this.#taken = 0;
    const thread = arena.threads + 1 + this.#number;
    const input: LoopInput = { arena, code: this.#code, thread, ring: ring.shared };
    const told = (): void => this.#take(ring);
    const handOver = (): void => {
      void this.stop();
    };
    this.#task = this.#pool.run<void>(MODULE, input, 'search', { memory: arena.number, told, handOver });
    const end = (): void => this.#end(ring);
    this.#ended = this.#task.result.then(end, end);
    return ring;
  }

  /** Takes what is answered. */
  #take(ring: SearchRing): void {
    Atomics.store(ring.words, TOLD, 0);
    const done = Atomics.load(ring.words, DONE);
    for (; this.#taken < done; this.answered++) this.#waiting.shift()!(ring.answered(this.#taken++));
  }

  /** It was left, stopped or lost; or could not be started, and the next search tries again. */
  #end(ring: SearchRing): void {
    this.#take(ring);
    this.#ring = undefined;
    for (const taken of this.#waiting.splice(0)) taken(undefined);
  }
}
