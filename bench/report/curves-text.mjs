// @ts-check
// One data set of the curves section as text.
import { figure, median } from '../base/numbers.mjs';
import { medians, TARGETS } from '../curves/compare.mjs';
import { table } from './table.mjs';

/** @typedef {import('../curves/section.mjs').EngineResult} EngineResult */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 * @param {EngineResult[]} results
 * @param {import('../curves/compare.mjs').Comparison} comparison
 */
export function curvesText(data, options, results, comparison) {
  const sound = results.filter((result) => result.failure === null);
  const parts = [
    `${data.title}: ${figure(data.rowCount)} x ${data.dimension}, ${data.metric}; M ${options.m}, efConstruction ` +
      `${options.efConstruction},\n${figure(data.queryCount)} queries, k ${options.k}, rounds: ${options.rounds} (medians)`,
    builds(sound),
    speeds(sound, comparison),
  ];
  for (const part of [ratios(comparison), claims(comparison), defaults(sound)])
    if (part !== '') parts.push(part);
  const byEf = sound.filter(({ rounds }) => rounds[0]?.[0]?.ef !== null);
  parts.push(points(byEf), latencies(byEf));
  for (const result of sound) if (!byEf.includes(result)) parts.push(byRecall(result));
  for (const result of results)
    if (result.failure !== null) parts.push(`${result.name} is out: ${result.failure}`);
  return parts.join('\n\n');
}

/** @param {EngineResult[]} results */
function builds(results) {
  return table(
    ['build', 'version', 'vec/s', 'seconds', 'bytes/row', 'own count'],
    results.map(({ name, version, build, memory, runs }) => [
      name,
      runs ? `${version} ${runs.node} ${runs.kernel}` : version,
      figure(build?.vectorsPerSecond),
      figure(build?.seconds, 1),
      figure(memory?.bytesPerRow),
      figure(memory?.ownBytesPerRow),
    ]),
  );
}

/** @param {number} recall */
const short = (recall) => `.${String(recall).slice(2).padEnd(2, '0')}`;

/**
 * @param {EngineResult[]} results
 * @param {import('../curves/compare.mjs').Comparison} comparison
 */
function speeds(results, { speeds: rows }) {
  const cells = (/** @type {string} */ name) =>
    rows.map(({ qps, above }) =>
      qps[name] ? figure(qps[name]) + (above.includes(name) ? '+' : '') : 'not reached',
    );
  const some = rows.some(({ above }) => above.length > 0);
  return (
    table(
      ['queries/s at recall', ...TARGETS.map(short)],
      results.map(({ name }) => [name, ...cells(name)]),
    ) + (some ? '\n+: its narrowest setting finds more than that.' : '')
  );
}

/**
 * Silt's speeds by those of peers, each within a round.
 * @param {import('../curves/compare.mjs').Comparison} comparison
 */
function ratios({ speeds: rows }) {
  const own = Object.keys(rows[0]?.ratios ?? {});
  const others = ['best', 'usearch'];
  const body = own.flatMap((name) =>
    others.flatMap((other) => {
      const cells = rows.map(({ ratios: of }) => of[name]?.[other]);
      if (cells.every((ratio) => ratio === null || ratio === undefined)) return [];
      return [
        [`${name} / ${other === 'best' ? 'best peer' : other}`, ...cells.map((ratio) => figure(ratio, 2))],
      ];
    }),
  );
  if (body.length === 0) return '';
  const best = ['best peer', ...rows.map(({ bestPeer }) => bestPeer ?? '-')];
  return table(['times as fast, at recall', ...TARGETS.map(short)], [...body, best]);
}

/** @param {import('../curves/compare.mjs').Comparison} comparison */
function claims({ build }) {
  const lines = [];
  if (build.toUsearch !== null) lines.push(`Silt builds ${figure(build.toUsearch, 2)} x as fast as usearch`);
  if (build.toBestPeer !== null) {
    lines.push(`Silt builds ${figure(build.toBestPeer, 2)} x as fast as the best peer (${build.bestPeer})`);
  }
  return lines.join('\n');
}

/** Searches that are given no option but k, medians of the rounds. @param {EngineResult[]} results */
function defaults(results) {
  const body = results.flatMap(({ name, byDefault }) =>
    (byDefault[0] ?? []).map(({ callers }, i) => {
      const of = (/** @type {'recall' | 'qps' | 'p50' | 'p99'} */ field) =>
        median(byDefault.flatMap((round) => round[i]?.[field] ?? []));
      const cells = [figure(of('recall'), 4), figure(of('qps')), figure(of('p50')), figure(of('p99'))];
      return [name, figure(callers), ...cells];
    }),
  );
  if (body.length === 0) return '';
  return table(['by default', 'callers', 'recall', 'queries/s', 'p50 µs', 'p99 µs'], body);
}

/** What was asked for, and what that found. @param {EngineResult} result */
function byRecall(result) {
  const { name, learned } = result;
  const body = medians(result).map(({ asked, recall, qps, p50, p99 }) => [
    String(asked),
    figure(recall, 4),
    figure(qps),
    figure(p50),
    figure(p99),
  ]);
  return (
    `${table([`${name}, asked for`, 'recall', 'queries/s', 'p50 µs', 'p99 µs'], body)}\n` +
    `It had learned for ${figure(learned?.learnedSeconds, 1)} s behind the build, of ${figure(learned?.queries)} of its rows.`
  );
}

/** @param {EngineResult[]} results */
function points(results) {
  return side(results, 4, 'ef', (column, name) => [
    ['recall', name],
    column.map(({ recall, qps }) => [figure(recall, 4), figure(qps)]),
  ]);
}

/** @param {EngineResult[]} results */
function latencies(results) {
  return side(results, 4, 'ef, µs', (column, name) => [
    [`${name} p50`, 'p99'],
    column.map(({ p50, p99 }) => [figure(p50), figure(p99)]),
  ]);
}

/**
 * Engines side by side, one line per ef; in several tables when one would be too wide.
 * @param {EngineResult[]} results
 * @param {number} most engines in one table
 * @param {string} first head of the first column
 * @param {(column: import('../curves/measure.mjs').Measured[], name: string) => [string[], string[][]]} cells
 */
function side(results, most, first, cells) {
  const tables = [];
  for (let at = 0; at < results.length; at += most) {
    const parts = results.slice(at, at + most).map((result) => cells(medians(result), result.name));
    const efs = medians(/** @type {EngineResult} */ (results[at])).map(({ ef }) => ef);
    tables.push(
      table(
        [first, ...parts.flatMap(([head]) => head)],
        efs.map((ef, i) => [String(ef), ...parts.flatMap(([, body]) => body[i] ?? [])]),
      ),
    );
  }
  return tables.join('\n\n');
}
