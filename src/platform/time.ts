/*
 * Time. What is measured or paced uses `now`, which is never set back; `date`, the time of day, is for people and for
 * what outlives the process. A platform says what time it is and when timers fire.
 */
import { onAbort } from '../base/aborts.js';
import { Turns } from './turns.js';

/** Stops a timer; does nothing behind its end. */
export type Stop = () => void;

export interface TimerOptions {
  /** The process may end meanwhile: for what no caller waits for. */
  readonly idle?: boolean;
}

/** Node's timers beyond this many milliseconds fire at once. */
const TIMER_MS_MAX = 2 ** 31 - 1;

export abstract class Time extends Turns {
  /** Milliseconds since 1970. */
  abstract date(): number;
  abstract after(ms: number, run: () => void, o?: TimerOptions): Stop;
  abstract every(ms: number, run: () => void, o?: TimerOptions): Stop;

  /** Waits; rejects at once with the reason of `signal` when that aborts. */
  pause(ms: number, signal?: AbortSignal, o: TimerOptions = {}): Promise<void> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        leave();
        resolve();
      };
      const stop = this.after(Math.min(ms, TIMER_MS_MAX), done, o);
      const leave = onAbort([signal], (reason) => {
        stop();
        reject(reason);
      });
    });
  }

  /** A signal that aborts in `ms` milliseconds, unless the process has ended. */
  timeout(ms: number): AbortSignal {
    const controller = new AbortController();
    const late = (): void =>
      controller.abort(new DOMException(`it took longer than ${ms} ms`, 'TimeoutError'));
    this.after(ms, late, { idle: true });
    return controller.signal;
  }
}

/** For who looks again, later, whether something is due. One timer runs at a time, and it keeps no process alive. */
export class LookAgain {
  readonly #time: Time;
  readonly #look: () => void;
  #stop: Stop | undefined;

  constructor(time: Time, look: () => void) {
    this.#time = time;
    this.#look = look;
  }

  /** Looks in `ms` milliseconds; does nothing where a look is coming already. */
  after(ms: number): void {
    if (this.#stop) return;
    const look = (): void => {
      this.#stop = undefined;
      this.#look();
    };
    this.#stop = this.#time.after(Math.ceil(ms), look, { idle: true });
  }

  cancel(): void {
    this.#stop?.();
    this.#stop = undefined;
  }
}
