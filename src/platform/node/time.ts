/* The clocks and timers of the system. */
import { type Stop, Time, type TimerOptions } from '../time.js';

export class NodeTime extends Time {
  now(): number {
    return performance.now();
  }

  date(): number {
    return Date.now();
  }

  after(ms: number, run: () => void, o: TimerOptions = {}): Stop {
    const timer = setTimeout(run, ms);
    if (o.idle) timer.unref();
    return () => clearTimeout(timer);
  }

  every(ms: number, run: () => void, o: TimerOptions = {}): Stop {
    const timer = setInterval(run, ms);
    if (o.idle) timer.unref();
    return () => clearInterval(timer);
  }

  nextTurn(run: () => void): void {
    setImmediate(run);
  }

  /** A tick that a microtask asks for comes when no microtask is left. */
  behindPromises(run: () => void): void {
    queueMicrotask(() => process.nextTick(run));
  }
}
