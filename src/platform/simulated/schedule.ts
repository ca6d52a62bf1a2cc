/*
 * What happens next in a simulated machine, and when: events wait for their time, and of those that are due, chance picks
 * one. So callbacks, timers, tasks and files come in an order that no real system has shown yet, and in the same one for
 * the same seed. The clock is moved by events, and a little by each look at it, so that work in slices ends.
 *
 * Promises are JavaScript's own. Between two events, all that can go on goes on: the host's event loop turns once.
 */
import { randomFrom } from '../../base/random.js';

/** Milliseconds that a look at the clock takes, and that an event takes at most. */
const LOOK_MS = 0.02;
const EVENT_MS = 0.2;
/** Events after which work that still has not ended never will. */
const EVENTS_MAX = 1_000_000;

interface Event {
  readonly due: number;
  readonly what: string;
  run(): void | Promise<void>;
}

export class Schedule {
  readonly random: () => number;
  /** What happened, one line each; kept by `trace` alone. */
  readonly #told: (line: string) => void;
  readonly #hostTurn: (run: () => void) => void;
  #events: Event[] = [];
  #now = 1;

  constructor(seed: number, hostTurn: (run: () => void) => void, told: (line: string) => void) {
    this.random = randomFrom(seed);
    this.#hostTurn = hostTurn;
    this.#told = told;
  }

  now(): number {
    this.#now += LOOK_MS;
    return this.#now;
  }

  tell(line: string): void {
    this.#told(`${this.#now.toFixed(3)} ${line}`);
  }

  /** Calls `run` in `ms` milliseconds or later. Returns how to stop that. */
  in(ms: number, what: string, run: Event['run']): () => void {
    const event = { due: this.#now + Math.max(0, ms), what, run };
    this.#events.push(event);
    return () => {
      const at = this.#events.indexOf(event);
      if (at >= 0) this.#events.splice(at, 1);
    };
  }

  /** Nothing that waits happens any more. */
  clear(): void {
    this.#events = [];
  }

  #hostTurns(): Promise<void> {
    return new Promise((resolve) => this.#hostTurn(resolve));
  }

  #next(): Event | undefined {
    const events = this.#events;
    if (events.length === 0) return undefined;
    const first = events.reduce((least, { due }) => Math.min(least, due), Infinity);
    this.#now = Math.max(this.#now, first);
    const due = events.filter((event) => event.due <= this.#now);
    const event = due[Math.floor(this.random() * due.length)]!;
    events.splice(events.indexOf(event), 1);
    return event;
  }

  /** One event, and all that follows from it at once. False where nothing is left to happen. */
  async step(): Promise<boolean> {
    const event = this.#next();
    if (!event) return false;
    this.tell(event.what);
    this.#now += EVENT_MS * this.random();
    await event.run();
    await this.#hostTurns();
    return true;
  }

  /** Lets things happen until `work` has ended. */
  async until<T>(work: Promise<T>): Promise<T> {
    let ended = false;
    const end = (): void => {
      ended = true;
    };
    work.then(end, end);
    await this.#hostTurns();
    for (let events = 0; !ended; events++) {
      if (events === EVENTS_MAX) throw new Error(`what is waited for has not ended after ${events} events`);
      if (!(await this.step()))
        throw new Error('what is waited for has not ended, and nothing is left to happen');
    }
    return work;
  }
}
