// @ts-check
// Silt beside its peers, in one run on one machine. See README.md in this folder.
import { load, machine } from './base/machine.mjs';
import { note } from './base/progress.mjs';
import { compare, isSilt, medians } from './curves/compare.mjs';
import { runCurves } from './curves/section.mjs';
import { loadDataset } from './data/datasets.mjs';
import { DataMissing } from './data/missing.mjs';
import { removeScratch, removeStale } from './data/scratch.mjs';
import { engineRow } from './engines/engines.mjs';
import { whatIsMissing } from './engines/installed.mjs';
import { parseOptions, UsageError, usage } from './options.mjs';
import { curvesText } from './report/curves-text.mjs';
import { writeResult } from './report/files.mjs';
import { plot } from './report/plot.mjs';
import { sections } from './sections.mjs';

/** Silt must reach this at the largest ef, or the run has failed whatever the speed. */
const LEAST_RECALL = 0.9;

/** @type {string[]} */
const failures = [];

removeStale();
for (const signal of /** @type {const} */ (['SIGINT', 'SIGTERM'])) {
  process.once(signal, () => {
    removeScratch();
    process.exit(1);
  });
}

try {
  const options = parseOptions(process.argv.slice(2));
  const missing = options.help ? null : whatIsMissing(needed(options));
  if (options.help) console.log(usage);
  else if (missing !== null) failures.push(missing);
  else await run(options);
} catch (error) {
  if (!(error instanceof UsageError)) throw error;
  failures.push(`${error.message}\n\n${usage}`);
} finally {
  removeScratch();
}
for (const failure of failures) console.error(failure);
if (failures.length > 0) process.exitCode = 1;

/** Engines that the chosen sections need. @param {import('./options.mjs').Options} options */
function needed({ sections: names, only }) {
  return names.flatMap((name) => {
    if (name === 'curves') return only.filter((engine) => engineRow(engine).module !== null);
    return ['silt', ...(sectionOf(name).peers ?? []).filter((peer) => only.includes(peer))];
  });
}

/** @param {string} name @returns {import('./sections.mjs').Section} */
function sectionOf(name) {
  return /** @type {import('./sections.mjs').Section} */ (sections.find((section) => section.name === name));
}

/** @param {import('./options.mjs').Options} options */
async function run(options) {
  for (const section of options.sections) {
    for (const name of dataOf(section, options)) {
      try {
        const data = name === 'none' ? null : await loadDataset(name, options);
        if (section === 'curves' && data) await curves(data, options);
        else await alone(sectionOf(section), data, options);
      } catch (error) {
        // The other sections and data sets still run; a failure shows in the exit code.
        const message = error instanceof Error ? error.message : String(error);
        if (error instanceof DataMissing) note(`${section}, ${name}: left out. ${message}`);
        else failures.push(`${section}, ${name}: ${message}`);
      }
    }
  }
}

/** @param {string} section @param {import('./options.mjs').Options} options @returns {string[]} */
function dataOf(section, { data }) {
  const which = section === 'curves' ? 'each' : sectionOf(section).data;
  if (which === 'each') return data;
  // Most stream one set of rows; word vectors unless only something else was asked for.
  return which === 'first' ? data.slice(0, 1) : [which];
}

/**
 * @param {import('./data/datasets.mjs').Dataset} data
 * @param {import('./options.mjs').Options} options
 */
async function curves(data, options) {
  const before = start();
  const only = options.only.filter((engine) => engineRow(engine).module !== null);
  const results = await runCurves(data, { ...options, only });
  const comparison = compare(results, options.k);
  const { name, title, metric, dimension, rowCount, queryCount, checksum } = data;
  const head = { name, metric, dimension, rowCount, queryCount, checksum };
  const report = { ...context(before, options), data: head, comparison, results };
  const subtitle =
    `${rowCount.toLocaleString('en-US')} x ${dimension}, ${metric}; M ${options.m}, efConstruction ` +
    `${options.efConstruction}; one query per call on one thread; ${report.machine.cpu}, Node ${process.version}`;
  writeResult(options, `${name}.json`, report);
  writeResult(options, `${name}.svg`, plot(`${title}: recall against speed`, subtitle, results));
  console.log(`\n${curvesText(data, options, results, comparison)}\n\n${lasted(before)}\n`);

  for (const silt of results.filter(isSilt)) {
    const recall = medians(silt).at(-1)?.recall ?? 0;
    if (silt.failure !== null)
      failures.push(`${name}: ${silt.name} gave wrong answers or none. ${silt.failure}`);
    else if (recall < LEAST_RECALL)
      failures.push(`${name}: the recall of ${silt.name} ends at ${recall}, below ${LEAST_RECALL}`);
  }
}

/**
 * @param {import('./sections.mjs').Section} section
 * @param {import('./data/datasets.mjs').Dataset | null} data
 * @param {import('./options.mjs').Options} options
 */
async function alone(section, data, options) {
  const before = start();
  const { text, result, failures: found = [] } = await section.run(data, options);
  const head = data && headOf(data);
  const name = data?.name ?? 'its own texts';
  const file = section.data === 'each' ? `${section.name}-${name}.json` : `${section.name}.json`;
  writeResult(options, file, { ...context(before, options), ...(head && { data: head }), result });
  console.log(`\n${text}\n\n${lasted(before)}\n`);
  failures.push(...found.map((failure) => `${section.name}, ${name}: ${failure}`));
}

/** @param {import('./data/datasets.mjs').Dataset} data */
function headOf({ name, metric, dimension, rowCount, checksum }) {
  return { name, metric, dimension, rowCount, checksum };
}

/** @typedef {{ load: number[], startedAt: number }} Start */

/** @returns {Start} */
function start() {
  return { load: load(), startedAt: performance.now() };
}

/** @param {Start} before */
function lasted({ load: before, startedAt }) {
  return `load ${before[0]} before, ${load()[0]} after; ${Math.round((performance.now() - startedAt) / 1000)} s`;
}

/**
 * Where and how it was measured, without the folders of whoever did.
 * @param {Start} before
 * @param {import('./options.mjs').Options} options
 */
function context(before, { fashionDir, cranfieldDir, texts, out, node, help, ...options }) {
  return {
    at: new Date().toISOString(),
    seconds: (performance.now() - before.startedAt) / 1000,
    machine: machine(),
    load: { before: before.load, after: load() },
    options,
  };
}
