/* Request counters and latency for /metrics and /telemetry, with Qdrant's names and labels. */
import { type IntervalHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import { Latencies } from './latencies.js';
import type { Work } from './work.js';

/** Upper bounds of the histogram's buckets, in seconds. */
const BUCKETS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 5] as const;

interface Counts {
  readonly method: string;
  readonly endpoint: string;
  readonly status: number;
  count: number;
  seconds: number;
  /** Counts per bucket, not cumulative; the last is for values above all bounds. */
  readonly buckets: number[];
}

const labelsOf = ({ method, endpoint, status }: Counts): string =>
  `method="${method}",endpoint="${endpoint}",status="${status}"`;

const RESOLUTION_MS = 20;
const WINDOW_MS = 60_000;

/**
 * The recent delay of the event loop. Two histograms overlap, and the older one is read, so that the value covers the last one to
 * two minutes.
 */
class LoopDelay {
  #older = begun();
  #newer = begun();
  readonly #turns = setInterval(() => this.#turn(), WINDOW_MS).unref();

  #turn(): void {
    this.#older.disable();
    this.#older = this.#newer;
    this.#newer = begun();
  }

  /** The delay of a timer beyond its interval. */
  get p99Seconds(): number {
    return Math.max(0, this.#older.percentile(99) / 1e9 - RESOLUTION_MS / 1e3);
  }

  close(): void {
    clearInterval(this.#turns);
    this.#older.disable();
    this.#newer.disable();
  }
}

function begun(): IntervalHistogram {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return histogram;
}

export class RequestMetrics {
  readonly #all = new Map<string, Counts>();
  readonly #delay = new LoopDelay();
  readonly #latencies = new Latencies();

  /** `endpoint`: the path pattern, so that the number of series stays small. */
  add(method: string, endpoint: string, status: number, seconds: number): void {
    const key = `${method} ${endpoint} ${status}`;
    let counts = this.#all.get(key);
    if (!counts) {
      counts = { method, endpoint, status, count: 0, seconds: 0, buckets: Array(BUCKETS.length + 1).fill(0) };
      this.#all.set(key, counts);
    }
    counts.count++;
    counts.seconds += seconds;
    const bucket = BUCKETS.findIndex((end) => seconds <= end);
    counts.buckets[bucket < 0 ? BUCKETS.length : bucket]!++;
    this.#latencies.add(endpoint, status, seconds * 1_000, performance.now());
  }

  /** Of the searches that were answered lately. */
  latency(): ReturnType<Latencies['report']> {
    return this.#latencies.report(performance.now());
  }

  /** In the text format of Prometheus. */
  text(version: string, { requests, watching, refused, bytes, answers }: Work): string {
    const all = [...this.#all.values()];
    const { rss } = process.memoryUsage();
    const lines = [
      ...described('app_info', 'gauge', 'information about the server', [
        `app_info{name="qdrant",version="${version}"} 1`,
      ]),
      ...described('rest_responses_total', 'counter', 'total number of responses', [
        ...all.map((one) => `rest_responses_total{${labelsOf(one)}} ${one.count}`),
      ]),
      ...described('rest_responses_duration_seconds', 'histogram', 'response duration histogram', [
        ...all.flatMap(histogramOf),
      ]),
      ...plain('rest_requests_active', 'gauge', 'requests in progress', requests),
      ...plain('dashboard_pages_open', 'gauge', 'pages of the dashboard that are open', watching),
      ...plain(
        'rest_requests_refused_total',
        'counter',
        'requests answered with 429 because a limit was reached',
        refused,
      ),
      ...plain('rest_bodies_bytes', 'gauge', 'bytes of the bodies of requests in progress', bytes),
      ...plain('rest_answers_bytes', 'gauge', 'bytes of the answers of requests in progress', answers),
      ...plain('memory_resident_bytes', 'gauge', 'resident memory of the process', rss),
      ...plain(
        'event_loop_delay_p99_seconds',
        'gauge',
        'delay of the event loop, 99th percentile of the last one to two minutes',
        this.#delay.p99Seconds,
      ),
    ];
    return `${lines.join('\n')}\n`;
  }

  /** In the shape of Qdrant's telemetry: by endpoint, then by status. */
  telemetry(): object {
    const responses: Record<string, Record<string, object>> = {};
    for (const { method, endpoint, status, count, seconds } of this.#all.values()) {
      const name = `${method} ${endpoint}`;
      responses[name] ??= {};
      responses[name][status] = { count, avg_duration_micros: (seconds / count) * 1e6 };
    }
    return { rest: { responses } };
  }

  close(): void {
    this.#delay.close();
  }
}

const described = (name: string, type: string, help: string, lines: readonly string[]): string[] => [
  `# HELP ${name} ${help}`,
  `# TYPE ${name} ${type}`,
  ...lines,
];

const plain = (name: string, type: string, help: string, value: number): string[] =>
  described(name, type, help, [`${name} ${value}`]);

function histogramOf(counts: Counts): string[] {
  const name = 'rest_responses_duration_seconds';
  const labels = labelsOf(counts);
  let sum = 0;
  return [
    ...BUCKETS.map((end, i) => `${name}_bucket{${labels},le="${end}"} ${(sum += counts.buckets[i]!)}`),
    `${name}_bucket{${labels},le="+Inf"} ${counts.count}`,
    `${name}_sum{${labels}} ${counts.seconds}`,
    `${name}_count{${labels}} ${counts.count}`,
  ];
}
