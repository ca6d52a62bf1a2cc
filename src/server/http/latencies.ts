/* How long the searches took that the server answered last, for people who look on. */

/** Requests that search: what Qdrant calls so, and what the dashboard asks. */
const SEARCHES = /\/(?:points\/(?:search|query|recommend|discover)(?:\/(?:batch|groups))?|query)$/;

const KEPT = 1_024;
const WINDOW_MS = 10_000;

export class Latencies {
  /** Rings of the same requests: durations, and when they ended. */
  readonly #ms = new Float64Array(KEPT);
  readonly #ends = new Float64Array(KEPT);
  #total = 0;

  /** `endpoint`: the pattern of the path. Others than searches are left out, and so is what failed. */
  add(endpoint: string, status: number, ms: number, now: number): void {
    if (status !== 200 || !SEARCHES.test(endpoint)) return;
    this.#ms[this.#total % KEPT] = ms;
    this.#ends[this.#total % KEPT] = now;
    this.#total++;
  }

  report(now: number): {
    total: number;
    perSecond: number;
    p50: number | null;
    p95: number | null;
    p99: number | null;
  } {
    const kept = Math.min(this.#total, KEPT);
    const sorted = this.#ms.slice(0, kept).sort();
    const at = (share: number): number | null => sorted[Math.ceil(share * kept) - 1] ?? null;
    return {
      total: this.#total,
      perSecond: this.#rate(now, kept),
      p50: at(0.5),
      p95: at(0.95),
      p99: at(0.99),
    };
  }

  /** Where all that are kept are of the window, the window is as long as they took. */
  #rate(now: number, kept: number): number {
    let lately = 0;
    let oldest = now;
    for (const end of this.#ends.subarray(0, kept)) {
      if (now - end > WINDOW_MS) continue;
      lately++;
      oldest = Math.min(oldest, end);
    }
    const span = lately === KEPT ? Math.max(1, now - oldest) : WINDOW_MS;
    return lately / (span / 1_000);
  }
}
