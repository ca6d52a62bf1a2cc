// @ts-check
// One data set of the curves section as text.
import { figure } from '../base/numbers.mjs';
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
  const wins = claims(comparison);
  if (wins !== '') parts.push(wins);
  parts.push(points(sound), latencies(sound));
  for (const result of results)
    if (result.failure !== null) parts.push(`${result.name} is out: ${result.failure}`);
  return parts.join('\n\n');
}

/** @param {EngineResult[]} results */
function builds(results) {
  return table(
    ['build', 'version', 'vec/s', 'seconds', 'bytes/row', 'own count'],
    results.map(({ name, version, build, memory }) => [
      name,
      version,
      figure(build?.vectorsPerSecond),
      figure(build?.seconds, 1),
      figure(memory?.bytesPerRow),
      figure(memory?.ownBytesPerRow),
    ]),
  );
}

/**
 * @param {EngineResult[]} results
 * @param {import('../curves/compare.mjs').Comparison} comparison
 */
function speeds(results, { speeds: rows }) {
  const cell = (/** @type {number | null | undefined} */ value) => (value ? figure(value) : 'not reached');
  return table(
    ['queries/s at recall', ...TARGETS.map((recall) => `.${String(recall).slice(2).padEnd(2, '0')}`)],
    results.map(({ name }) => [name, ...rows.map(({ qps }) => cell(qps[name]))]),
  );
}

/** @param {import('../curves/compare.mjs').Comparison} comparison */
function claims({ speeds: rows, build }) {
  const lines = rows.flatMap(({ recall, ratio, bestPeer }) =>
    ratio === null
      ? []
      : [`Silt searches ${figure(ratio, 2)} x as fast as the best peer (${bestPeer}) at recall ${recall}`],
  );
  if (build.toUsearch !== null) lines.push(`Silt builds ${figure(build.toUsearch, 2)} x as fast as usearch`);
  if (build.toBestPeer !== null) {
    lines.push(`Silt builds ${figure(build.toBestPeer, 2)} x as fast as the best peer (${build.bestPeer})`);
  }
  return lines.join('\n');
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
