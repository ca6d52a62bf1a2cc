// @ts-check
// The command line: what can be asked for, and what a wrong word gets for an answer.
import { parseArgs } from 'node:util';
import { datasetNames } from './data/datasets.mjs';
import { defaultEngines, engineRow, engines } from './engines/engines.mjs';
import { sections } from './sections.mjs';

const engineNames = engines.map((row) => row.name);

export const sectionNames = ['curves', ...sections.map((section) => section.name)];

export const usage = `Usage: npm run bench -- [options]

  --section LIST         ${sectionNames.join(', ')}
                         or all (all)
  --only LIST            engines (${defaultEngines.join(',')}); or all, adding
                         ${engineNames.filter((name) => !defaultEngines.includes(name)).join(', ')}
  --data LIST            ${datasetNames.join(', ')}
                         or all, which is glove and fashion (all)
  --rows N               at most N rows of each data set (all rows)
  --queries N            held-out queries (1000)
  --rounds N             rounds, of which medians are taken (3)
  --ef LIST              ef values to search with (10,16,24,...,1024)
  --recall LIST          recalls to ask Silt for, where it is asked so (.8,.85,...,.995)
  --node PATH            another Node, for the engines whose names have -node: see README.md
  --threads N            build threads, where an engine has them (2)
  --m N                  links per row and level; 2N on level 0 (16)
  --ef-construction N    (200)
  --fashion-dir DIR      where the four files of Fashion-MNIST are
  --cranfield-dir DIR    where the three files of Cranfield are
  --texts FILE           lines to be searched by words (made-up texts)
  --minutes N            longest time for one peer of text and sparse: it is stopped, the run goes on (none)
  --out DIR              where results go (bench/results)
  --quick                tiny made-up data, done in seconds
  --help                 this text

Lists are separated by commas.`;

export class UsageError extends Error {}

/**
 * @typedef {object} Options
 * @property {string[]} sections
 * @property {string[]} only
 * @property {string[]} data
 * @property {number | null} rows
 * @property {number} queries
 * @property {number} rounds
 * @property {number[]} ef rising
 * @property {number[]} recall rising
 * @property {string | null} node another Node
 * @property {number} threads
 * @property {number} m
 * @property {number} efConstruction
 * @property {number} k
 * @property {number} seed
 * @property {number} minMs least time that one point is measured for
 * @property {string | null} fashionDir
 * @property {string | null} cranfieldDir
 * @property {string | null} texts
 * @property {number | null} minutes for one peer of the sections that rank
 * @property {string | null} out null: the default
 * @property {boolean} quick
 * @property {boolean} help
 */

const FULL = {
  data: ['glove', 'fashion'],
  rows: null,
  queries: 1000,
  rounds: 3,
  ef: [10, 16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024],
  recall: [0.8, 0.85, 0.9, 0.925, 0.95, 0.97, 0.98, 0.985, 0.99, 0.995],
  minMs: 250,
};
const QUICK = {
  data: ['clusters', 'clusters-l2'],
  rows: 2000,
  queries: 40,
  rounds: 2,
  ef: [10, 32, 128],
  recall: [0.8, 0.9, 0.98],
  minMs: 0,
};

/**
 * @param {string[]} args
 * @returns {Options}
 */
export function parseOptions(args) {
  const values = parse(args);
  const base = values.quick === true ? QUICK : FULL;
  const only = list('only', values.only, defaultEngines, engineNames, engineNames.filter(isHere));
  const elsewhere = only.find((name) => !isHere(name));
  if (elsewhere !== undefined && values.node === undefined)
    throw new UsageError(`--only: '${elsewhere}' runs on another Node; name that with --node PATH`);
  return {
    sections: list('section', values.section, sectionNames, sectionNames),
    only,
    data: list('data', values.data, base.data, datasetNames, FULL.data),
    rows: values.rows === undefined ? base.rows : count('rows', values.rows),
    queries: values.queries === undefined ? base.queries : count('queries', values.queries),
    rounds: values.rounds === undefined ? base.rounds : count('rounds', values.rounds),
    ef: values.ef === undefined ? base.ef : rising(values.ef, (word) => count('ef', word)),
    recall: values.recall === undefined ? base.recall : rising(values.recall, share),
    node: values.node ?? null,
    threads: count('threads', values.threads ?? '2'),
    m: count('m', values.m ?? '16'),
    efConstruction: count('ef-construction', values['ef-construction'] ?? '200'),
    k: 10,
    seed: 1,
    minMs: base.minMs,
    fashionDir: values['fashion-dir'] ?? process.env.FASHION_MNIST_DIR ?? null,
    cranfieldDir: values['cranfield-dir'] ?? process.env.CRANFIELD_DIR ?? null,
    texts: values.texts ?? null,
    minutes: values.minutes === undefined ? null : count('minutes', values.minutes),
    out: values.out ?? null,
    quick: values.quick === true,
    help: values.help === true,
  };
}

/** @param {string[]} args */
function parse(args) {
  const text = /** @type {const} */ ({ type: 'string' });
  const flag = /** @type {const} */ ({ type: 'boolean' });
  try {
    return parseArgs({
      args,
      options: {
        section: text,
        only: text,
        data: text,
        rows: text,
        queries: text,
        rounds: text,
        ef: text,
        recall: text,
        node: text,
        threads: text,
        m: text,
        'ef-construction': text,
        'fashion-dir': text,
        'cranfield-dir': text,
        texts: text,
        minutes: text,
        out: text,
        quick: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

/**
 * @param {string} name
 * @param {string | undefined} value
 * @param {string[]} fallback
 * @param {string[]} known
 * @param {string[]} [all] what `all` means, if not the fallback
 */
function list(name, value, fallback, known, all = fallback) {
  if (value === undefined) return fallback;
  if (value === 'all') return all;
  const words = [...new Set(value.split(',').map((word) => word.trim()))];
  const odd = words.find((word) => !known.includes(word));
  if (odd !== undefined) throw new UsageError(`--${name}: '${odd}' is none of ${known.join(', ')}, all`);
  return words;
}

/** Whether an engine runs on the Node of this process. @param {string} name */
function isHere(name) {
  return engineRow(name).elsewhere !== true;
}

/** @param {string} value @param {(word: string) => number} each */
function rising(value, each) {
  return value
    .split(',')
    .map(each)
    .sort((a, b) => a - b);
}

/** @param {string} value */
function share(value) {
  const number = Number(value);
  if (!(number > 0 && number <= 1)) throw new UsageError(`--recall: '${value}' is not above 0 and at most 1`);
  return number;
}

/** @param {string} name @param {string} value */
function count(name, value) {
  const number = Number(value);
  if (!/^\d+$/.test(value.trim()) || number < 1)
    throw new UsageError(`--${name}: '${value}' is not a whole number above 0`);
  return number;
}
