/*
 * Lets the writing calls of a collection in, in the order in which they were made, each after the wait that
 * backpressure asks of it. A call takes its place before anything is waited for: whatever it has to wait for then,
 * nothing that was called later overtakes it.
 */

import { onAbort } from '../../base/aborts.js';
import type { Time } from '../../platform/time.js';

/** How often a caller that waits looks whether it still has to. */
const LOOK_MS = 10;

interface Wait {
  readonly ms: number;
  /** How long it would have to wait by now. */
  readonly asked: () => number;
}

interface Caller extends Wait {
  /** The next is let in when this is done; undefined: at once. */
  readonly work: Promise<void> | undefined;
  letIn(): void;
  refuse(reason: unknown): void;
}

export class Gate {
  readonly #ending: AbortSignal;
  readonly #time: Time;
  /** Those who wait, in their order. A set: one that gives up leaves from the middle. */
  readonly #callers = new Set<Caller>();
  /** Whether somebody waits, or works and lets nobody in. */
  #busy = false;
  /** Who waits for the time that backpressure asks of it, and how to end that. */
  #pausing: { readonly wait: Wait; end(): void } | undefined;
  /** How many ask that nobody waits for backpressure. */
  #hurried = 0;

  /** When `ending` aborts, nobody is let in any more. */
  constructor(ending: AbortSignal, time: Time) {
    this.#ending = ending;
    this.#time = time;
    onAbort([ending], (reason) => {
      for (const caller of this.#callers) this.#refuse(caller, reason);
    });
  }

  /**
   * Takes a place. Returns undefined where nobody has to wait; else a promise that rejects with the reason of `signal`
   * if that aborts first. The next is let in when `work` is done. `asked` tells what the wait would be by now: whoever has waited
   * that long is let in, and nobody waits longer than `ms`.
   */
  enter(
    ms: number,
    signal?: AbortSignal,
    work?: Promise<void>,
    asked = (): number => ms,
  ): Promise<void> | undefined {
    if (!this.#busy && (ms <= 0 || this.#hurried > 0)) {
      if (work) void this.#run(work);
      return undefined;
    }
    return new Promise((resolve, reject) => {
      this.#ending.throwIfAborted();
      signal?.throwIfAborted();
      let leave = (): void => {};
      const caller: Caller = {
        ms,
        asked,
        work,
        letIn: () => {
          leave();
          resolve();
        },
        refuse: (reason) => {
          leave();
          reject(reason);
        },
      };
      this.#callers.add(caller);
      leave = onAbort([signal], (reason) => this.#refuse(caller, reason));
      if (!this.#busy) void this.#run();
    });
  }

  /** Runs `work` in its turn, as of `enter`. Nobody is let in until it is done. */
  async hold<T>(
    work: () => Promise<T>,
    ms: number = 0,
    signal?: AbortSignal,
    asked = (): number => ms,
  ): Promise<T> {
    let done!: () => void;
    const waiting = this.enter(
      ms,
      signal,
      new Promise((resolve) => {
        done = resolve;
      }),
      asked,
    );
    try {
      if (waiting) await waiting;
      return await work();
    } finally {
      done();
    }
  }

  /** For who was let in and lets nobody in yet: another wait as of `enter`, which ends early where `signal` aborts. */
  async rest(ms: number, signal: AbortSignal | undefined, asked: () => number): Promise<void> {
    if (ms <= 0 || this.#hurried > 0) return;
    const wait = { ms, asked };
    const resting = this.#pause(wait);
    const leave = onAbort([signal, this.#ending], () => this.#endOf(wait));
    await resting;
    leave();
  }

  /** From here on, nobody waits for backpressure, until what is returned is called. */
  hurry(): () => void {
    this.#hurried++;
    this.#pausing?.end();
    return () => {
      this.#hurried--;
    };
  }

  #refuse(caller: Caller, reason: unknown): void {
    if (!this.#callers.delete(caller)) return;
    caller.refuse(reason);
    this.#endOf(caller);
  }

  #endOf(wait: Wait): void {
    if (this.#pausing?.wait === wait) this.#pausing.end();
  }

  async #run(work?: Promise<void>): Promise<void> {
    this.#busy = true;
    await work;
    // A set that is being gone through gives those as well that are added meanwhile.
    for (const caller of this.#callers) {
      if (caller.ms > 0 && this.#hurried === 0) await this.#pause(caller);
      if (!this.#callers.delete(caller)) continue; // it gave up
      caller.letIn();
      await caller.work; // one that does not work is in the write queue by now
    }
    this.#busy = false;
  }

  #pause(wait: Wait): Promise<void> {
    return new Promise((resolve) => {
      const began = this.#time.now();
      let stop: () => void;
      const end = (): void => {
        stop();
        this.#pausing = undefined;
        resolve();
      };
      const look = (): void => {
        const left = Math.min(wait.ms, wait.asked()) - (this.#time.now() - began);
        stop = this.#time.after(Math.max(0, Math.min(left, LOOK_MS)), left <= LOOK_MS ? end : look);
      };
      look();
      this.#pausing = { wait, end };
    });
  }
}
