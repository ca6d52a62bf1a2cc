/** What the demo counts while it runs: latencies and rates. */

/** The nearest-rank percentile of ascending values; NaN when there are none. */
export function percentile(ascending: ArrayLike<number>, fraction: number): number {
  const rank = Math.max(1, Math.ceil(fraction * ascending.length));
  return ascending[Math.min(rank, ascending.length) - 1] ?? Number.NaN;
}

export interface LatencySummary {
  count: number;
  p50: number;
  p99: number;
}

export class LatencyLog {
  #values: Float64Array = new Float64Array(1024);
  #count = 0;

  get count(): number {
    return this.#count;
  }

  add(milliseconds: number): void {
    if (this.#count === this.#values.length) {
      const grown = new Float64Array(2 * this.#count);
      grown.set(this.#values);
      this.#values = grown;
    }
    this.#values[this.#count++] = milliseconds;
  }

  /** Over all values, or the `last` ones only: sorting these few costs nothing while a build runs. */
  summary(last: number = this.#count): LatencySummary {
    const sorted = this.#values.slice(Math.max(0, this.#count - last), this.#count).sort();
    return { count: this.#count, p50: percentile(sorted, 0.5), p99: percentile(sorted, 0.99) };
  }
}

/** Rate over the last seconds: steady enough to read, quick enough to follow a change. */
export class RateMeter {
  readonly #windowMs: number;
  readonly #samples: { at: number; count: number }[] = [];

  constructor(windowMs = 3000) {
    this.#windowMs = windowMs;
  }

  add(at: number, count: number): void {
    this.#samples.push({ at, count });
    while (this.#samples.length > 2 && this.#samples[1]!.at <= at - this.#windowMs) this.#samples.shift();
  }

  /** Per second; 0 until there are two samples apart. */
  get perSecond(): number {
    const first = this.#samples[0];
    const last = this.#samples.at(-1);
    if (first === undefined || last === undefined || last.at === first.at) return 0;
    return ((last.count - first.count) * 1000) / (last.at - first.at);
  }

  /** Seconds until `remaining` more are done, or null when nothing moves. */
  secondsFor(remaining: number): number | null {
    const rate = this.perSecond;
    return rate > 0 ? remaining / rate : null;
  }
}
