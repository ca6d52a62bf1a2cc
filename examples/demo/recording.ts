/** How the stream went, sampled as it ran: what the picture is drawn from. */

import type { StreamState } from './stream.js';

const SAMPLE_MS = 100;
/** Latencies are those of the last second or so. */
const LAST_QUERIES = 200;

export interface Sample {
  /** Since the stream began. */
  seconds: number;
  /** Words in the collection whose write was acknowledged, and those of them that are in the graph. */
  written: number;
  linked: number;
  /** Of the latest searches, in milliseconds; NaN before the first. */
  p50: number;
  p99: number;
}

export class Recording {
  readonly samples: Sample[] = [];

  /** Call at every turn; it takes a sample when it is time for one. */
  sample(now: number, state: StreamState): void {
    const seconds = (now - state.startedAt) / 1000;
    const last = this.samples.at(-1);
    if (!last || 1000 * (seconds - last.seconds) >= SAMPLE_MS) this.#add(seconds, state);
  }

  /** The last sample: everything is written and linked, or the stream was interrupted. */
  end(state: StreamState): void {
    this.#add((state.endedAt - state.startedAt) / 1000, state);
  }

  #add(seconds: number, { written, linked, queries }: StreamState): void {
    const { p50, p99 } = queries.latency.summary(LAST_QUERIES);
    this.samples.push({ seconds, written, linked, p50, p99 });
  }
}
