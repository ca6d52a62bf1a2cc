/** The moving picture of the stream: two bars, and the latency of the searches beside it. */

import { styleText } from 'node:util';
import { bar, count, duration, latency, rate } from './format.js';
import { RateMeter } from './stats.js';
import type { StreamState } from './stream.js';

const BAR_WIDTH = 24;
/** Latency is shown over the last ten seconds or so of queries. */
const LAST_QUERIES = 2000;
const SAMPLE_MS = 100;

export class StreamProgress {
  readonly #written: RateMeter = new RateMeter();
  readonly #linked: RateMeter = new RateMeter();
  #sampledAt = Number.NEGATIVE_INFINITY;

  /** Call at every turn; it takes a sample when it is time for one. */
  sample(now: number, written: number, linked: number): void {
    if (now - this.#sampledAt < SAMPLE_MS) return;
    this.#sampledAt = now;
    this.#written.add(now, written);
    this.#linked.add(now, linked);
  }

  frame(state: StreamState): string[] {
    const { written, linked, total } = state;
    const { p50, p99 } = state.queries.latency.summary(LAST_QUERIES);
    const left = this.#linked.secondsFor(total - linked);
    const queries = `p50 ${latency(p50)}   p99 ${latency(p99)}`;
    const counts = `${count(state.queries.latency.count)} asked   ${count(written - linked)} pending`;
    return [
      `  written  ${meter(written, total)}  ${perSecond(this.#written)}`,
      `  indexed  ${meter(linked, total)}  ${perSecond(this.#linked)}  ${timeLeft(left)}`.trimEnd(),
      `  queries  ${queries}   ${counts}`,
    ];
  }

  plain(state: StreamState, now: number): string {
    const { written, linked } = state;
    const { p50, p99 } = state.queries.latency.summary(LAST_QUERIES);
    const elapsed = duration((now - state.startedAt) / 1000);
    const rows = `written ${count(written)}, indexed ${count(linked)} (${rate(this.#linked.perSecond)}/s)`;
    return `  ${elapsed}: ${rows}, query p50 ${latency(p50)} p99 ${latency(p99)}`;
  }
}

/** One bar with a count, for the phases before and after the stream. */
export function singleBar(label: string, done: number, total: number): string {
  return `  ${label}  ${bar(done, total, BAR_WIDTH, cyan)}  ${Math.floor((100 * done) / total)} %`;
}

function meter(done: number, total: number): string {
  return `${bar(done, total, BAR_WIDTH, cyan)}  ${count(done).padStart(count(total).length)}`;
}

function perSecond(meter: RateMeter): string {
  return `${rate(meter.perSecond)} rows/s`.padStart(14);
}

function timeLeft(seconds: number | null): string {
  return seconds === null || seconds === 0 ? '' : `${duration(seconds)} left`;
}

function cyan(text: string): string {
  return styleText('cyan', text);
}
