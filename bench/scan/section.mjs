// @ts-check
// How much of the memory's speed the exact scan of the window reaches. Silt may read fewer bytes than the
// float32 rows have (codes first); the rate counts the float32 bytes, which is what the caller asked for.
import { Child } from '../base/child.mjs';
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile } from '../data/scratch.mjs';

const TARGET = 0.8;
const ROUNDS = 60;
const QUICK_ROUNDS = 10;

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runScan(data, options) {
  note(`scan: ${data.name}, ${figure(data.rowCount)} rows pending`);
  const child = new Child(new URL('child.mjs', import.meta.url));
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, k } = options;
  const rounds = options.quick ? QUICK_ROUNDS : ROUNDS;
  const rowsFile = scratchFile('scan.rows', data.rows);
  const queriesFile = scratchFile('scan.queries', data.queries);
  const job = { rowsFile, queriesFile, metric, dimension, m, efConstruction, threads, seed, k, rounds };
  try {
    /** @type {{ bytes: number, rates: { scan: number, sum: number }[] }} */
    const { bytes, rates } = await child.ask('scan', job);
    const result = {
      bytes,
      scanGBs: median(rates.map((rate) => rate.scan)),
      sumGBs: median(rates.map((rate) => rate.sum)),
      share: median(rates.map((rate) => rate.scan / rate.sum)),
      target: TARGET,
      rates,
    };
    const text = [
      `Exact scan of ${figure(data.rowCount)} x ${dimension} pending rows, ${metric}, medians of ${rounds} pairs`,
      `  searchBuffer  ${figure(result.scanGBs, 1)} GB/s, ${figure(bytes / result.scanGBs / 1e6, 2)} ms a query`,
      `  plain sum     ${figure(result.sumGBs, 1)} GB/s over the same ${figure(bytes / 1e6)} MB`,
      `  share         ${figure(result.share * 100)} % (target: ${TARGET * 100} %)`,
    ].join('\n');
    return { result, text };
  } finally {
    child.stop();
  }
}
