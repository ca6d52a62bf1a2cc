// @ts-check
// A collection per user, document or tenant: what a thousand of them cost one process.
import { rmSync } from 'node:fs';
import { askAlone } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

const COLLECTIONS = 1000;
const QUICK_COLLECTIONS = 20;
const ROWS_EACH = 100;

const MODULE = new URL('child.mjs', import.meta.url);

/** @typedef {{ searchAllMs: number, searchP50: number, searchP99: number, residentBytes: number,
 *   anonymousBytes: number, threads: number }} Figures */
/** @typedef {Figures & { createMs: number, fillMs: number, closeMs: number }} Filled */
/** @typedef {Figures & { openMs: number }} Opened */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runCollections(data, options) {
  const collections = Math.min(
    options.quick ? QUICK_COLLECTIONS : COLLECTIONS,
    Math.floor(data.rowCount / ROWS_EACH),
  );
  const { metric, dimension } = data;
  const plain = { metric, dimension, k: options.k, collections, rowsEach: ROWS_EACH };
  const folder = scratchPath('collections');
  const job = { ...plain, folder, rowsFile: scratchFile('collections.rows', data.rows) };
  note(`collections: ${figure(collections)} of ${ROWS_EACH} rows`);
  /** @type {Filled} */
  const filled = await askAlone(MODULE, 'fill', job);
  /** @type {Opened} */
  const opened = await askAlone(MODULE, 'open', job);
  rmSync(folder, { recursive: true, force: true });
  const result = { collections, rowsEach: ROWS_EACH, filled, opened };
  return { result, text: describe(data, result) };
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {{ collections: number, rowsEach: number, filled: Filled, opened: Opened }} result
 */
function describe(data, { collections, rowsEach, filled, opened }) {
  const row = (/** @type {string} */ name, /** @type {Figures} */ of) => [
    name,
    figure(of.searchAllMs),
    figure(of.searchP50),
    figure(of.searchP99),
    figure(of.residentBytes / 1e6, 1),
    figure(of.anonymousBytes / 1e6, 1),
    figure(of.threads),
  ];
  const head = ['', 'search all ms', 'p50 µs', 'p99 µs', 'RSS MB', 'anonymous MB', 'threads'];
  return [
    `${figure(collections)} collections of ${rowsEach} x ${data.dimension} rows, ${data.metric}, in one process`,
    table(head, [row('the process that made them', filled), row('a new process', opened)]),
    `made in ${figure(filled.createMs)} ms, filled in ${figure(filled.fillMs)} ms (each write awaited to the disk), ` +
      `closed in ${figure(filled.closeMs)} ms, opened in ${figure(opened.openMs)} ms\n` +
      'search all: one in each, one after another. RSS, anonymous: growth since before `open`.',
  ].join('\n\n');
}
