// @ts-check
// What HTTP costs: the same calls over it, by the client in the process, and of the collection; with one, 16 and 64 callers.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

/** @typedef {import('./server.mjs').How} How */
/** @typedef {import('./server.mjs').Measured} Measured */
/** @typedef {{ dimension: number, rows: number, target: number }} Size */

/** target: µs of CPU for HTTP and JSON. @type {readonly Size[]} */
const SIZES = [
  { dimension: 100, rows: 20_000, target: 60 },
  { dimension: 1536, rows: 5_000, target: 200 },
];
const QUICK_ROWS = 100;
const WAYS = /** @type {const} */ (['http', 'client', 'collection']);
/** What is asked of a collection of few points. */
const BARE = /** @type {const} */ (['http', 'client', 'node', 'fastify']);
const CALLERS = [1, 16, 64];
const COST_CALLERS = [1, 16];
const QUICK_CALLERS = [1, 4];
const MS = 1_500;
const WARM_CALLS = 5_000;
const IDLE = 1_000;
const QUICK_IDLE = 20;
/** In-process client over `collection.search`, in percent. */
const OVERHEAD_TARGET = 10;

/** @typedef {{ op: How['op'], by: How['by'], callers: number, measured: Measured }} Cell */
/**
 * µs of CPU for a request: over HTTP less the same call in the process, and of servers that parse the same bodies and send the same answer;
 * for each number of callers. `profile`: of the main thread, by whose code it is.
 * @typedef {{ callers: number, http: number, node: number, fastify: number, profile: Record<string, number> }} Cost
 */
/** @typedef {{ dimension: number, cells: Cell[], costs: Cost[], overhead: number, idleBytes: number }} Result */

/**
 * @param {null} _
 * @param {import('../options.mjs').Options} options
 */
export async function runHttp(_, options) {
  /** @type {Result[]} */
  const results = [];
  for (const size of SIZES) results.push(await runSize(size, options));
  return { result: { sizes: results }, text: results.map(describe).join('\n\n') };
}

/** @param {Size} size @param {import('../options.mjs').Options} options @returns {Promise<Result>} */
async function runSize({ dimension, rows }, { quick, rounds, seed, k, queries, rows: most }) {
  const folder = scratchPath(`http-${dimension}`);
  const child = new Child(new URL('server.mjs', import.meta.url));
  const pace = quick ? { least: 16, minMs: 0 } : { least: 64, minMs: MS };
  const ask = (/** @type {Omit<How, 'least' | 'minMs'>} */ how) =>
    /** @type {Promise<Measured>} */ (child.ask('measure', { ...how, ...pace }));
  try {
    note(`http: ${dimension} dimensions`);
    const count = Math.min(rows, quick ? QUICK_ROWS : (most ?? rows));
    const some = Math.min(queries, 200);
    await child.ask('begin', { folder, dimension, rows: count, queries: some, seed, k, learns: !quick });
    // The first thousands are answered by code that is not compiled yet.
    if (!quick)
      for (const by of WAYS)
        await child.ask('measure', { op: 'query', by, callers: 16, least: WARM_CALLS, minMs: MS });
    const overhead = await overheadOf(ask, rounds);
    if (!quick)
      for (const by of BARE)
        await child.ask('measure', { op: 'bare', by, callers: 16, least: 2 * WARM_CALLS, minMs: MS });
    /** @type {Cost[]} */
    const costs = [];
    for (const callers of quick ? QUICK_CALLERS : COST_CALLERS) {
      const cost = await costOf(ask, rounds, callers);
      const profile = await child.ask('profile', { op: 'bare', by: 'http', callers, ...pace });
      costs.push({ callers, ...cost, profile });
    }
    /** @type {Cell[]} */
    const cells = [];
    for (const op of /** @type {const} */ (['query', 'upsert']))
      for (const callers of quick ? QUICK_CALLERS : CALLERS)
        for (const by of /** @type {const} */ (['http', 'client']))
          cells.push({ op, by, callers, measured: await ask({ op, by, callers }) });
    const idleBytes = await child.ask('idle', quick ? QUICK_IDLE : IDLE);
    await child.ask('end');
    return { dimension, cells, costs, overhead, idleBytes };
  } finally {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

/** @typedef {(how: Omit<How, 'least' | 'minMs'>) => Promise<Measured>} Ask */

/**
 * The client in the process over `collection.search`, in percent, in turns, so that noise meets both.
 * @param {Ask} ask
 * @param {number} rounds
 */
async function overheadOf(ask, rounds) {
  const over = [];
  for (let round = 0; round < rounds; round++) {
    const within = await ask({ op: 'query', by: 'client', callers: 1 });
    const own = await ask({ op: 'query', by: 'collection', callers: 1 });
    over.push((within.p50 / own.p50 - 1) * 100);
  }
  return median(over);
}

/**
 * @param {Ask} ask
 * @param {number} rounds
 * @param {number} callers
 */
async function costOf(ask, rounds, callers) {
  /** @type {Record<typeof BARE[number], number[]>} */
  const cpu = { http: [], client: [], node: [], fastify: [] };
  for (let round = 0; round < rounds; round++)
    for (const by of BARE) cpu[by].push((await ask({ op: 'bare', by, callers })).cpuMicros);
  const http = median(cpu.http.map((micros, round) => micros - /** @type {number} */ (cpu.client[round])));
  return { http, node: median(cpu.node), fastify: median(cpu.fastify) };
}

/** @param {Result} result */
function describe({ dimension, cells, costs, overhead, idleBytes }) {
  const head = ['', 'callers', 'a second', 'p50 µs', 'p99 µs', 'CPU µs each', 'cores'];
  const names = { http: 'over HTTP', client: 'in the process', collection: '', node: '', fastify: '' };
  const rows = cells.map(({ op, by, callers, measured: { perSecond, p50, p99, cpuMicros, cores } }) => [
    `${op}, ${names[by]}`,
    figure(callers),
    figure(perSecond),
    figure(p50),
    figure(p99),
    figure(cpuMicros),
    figure(cores, 2),
  ]);
  const { target } = /** @type {Size} */ (SIZES.find((size) => size.dimension === dimension));
  return [
    `${dimension} dimensions`,
    table(head, rows),
    `CPU µs of HTTP and JSON for a query (target ${target}), and of servers that do nothing else`,
    table(
      ['callers', 'Silt', 'node:http', 'Fastify', 'of the main thread'],
      costs.map(({ callers, http, node, fastify, profile }) => [
        ...[callers, http, node, fastify].map((one) => figure(one)),
        sharesOf(profile),
      ]),
    ),
    `The client in the process beside collection.search: ${figure(overhead, 1)} % (target ${OVERHEAD_TARGET}). ` +
      `${figure(idleBytes)} bytes for an idle connection`,
  ].join('\n\n');
}

/** @param {Record<string, number>} profile */
const sharesOf = (profile) =>
  Object.entries(profile)
    .sort(([, a], [, b]) => b - a)
    .map(([place, micros]) => `${place} ${figure(micros)}`)
    .join(', ');
