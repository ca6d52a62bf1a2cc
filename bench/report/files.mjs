// @ts-check
// Result files: one JSON per section and data set, so that a partial run leaves the others alone.
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { note } from '../base/progress.mjs';
import { cacheDir } from '../data/scratch.mjs';

/**
 * @param {import('../options.mjs').Options} options
 * @param {string} name
 * @param {string | object} content an object is written as JSON
 */
export function writeResult(options, name, content) {
  // Quick runs are tests; their figures must not stand where real ones do.
  const usual = options.quick ? new URL('quick/', cacheDir) : new URL('../results/', import.meta.url);
  const dir = options.out ?? fileURLToPath(usual);
  mkdirSync(dir, { recursive: true });
  const text = typeof content === 'string' ? content : `${JSON.stringify(content, rounded, 1)}\n`;
  const file = path.join(dir, name);
  writeFileSync(file, text);
  note(`wrote ${path.relative(process.cwd(), file)}`);
}

/** Six digits are more than any of this is good for. @param {string} _ @param {unknown} value */
function rounded(_, value) {
  return typeof value === 'number' && !Number.isInteger(value) ? Number(value.toPrecision(6)) : value;
}
