// @ts-check
// Which engines can run here, and the exact command for those that cannot.
import { existsSync, readFileSync } from 'node:fs';
import { siltVersion } from '../base/machine.mjs';
import { engineRow } from './engines.mjs';

const modules = new URL('../node_modules/', import.meta.url);
const siltEntry = new URL('../../dist/index.js', import.meta.url);

/**
 * @param {string[]} names
 * @returns {string | null} what to run first, or null when all of them are there
 */
export function whatIsMissing(names) {
  if (names.some((name) => engineRow(name).package === null) && !existsSync(siltEntry))
    return 'Silt is not built yet. Run: npm run build';
  const absent = names
    .map((name) => engineRow(name).package)
    .filter((name) => name !== null && versionOf(name) === null);
  if (absent.length === 0) return null;
  return `Not installed: ${[...new Set(absent)].join(', ')}. Run: npm --prefix bench run setup\nWithout peers: --only silt`;
}

/**
 * @param {string} name of an engine
 * @returns {string} for tables, plots and files
 */
export function engineVersion(name) {
  const { package: packageName } = engineRow(name);
  return packageName === null
    ? siltVersion()
    : (versionOf(packageName) ?? 'not installed') + flags(packageName);
}

/** @param {string} packageName */
function versionOf(packageName) {
  try {
    return JSON.parse(readFileSync(new URL(`${packageName}/package.json`, modules), 'utf8')).version;
  } catch {
    return null;
  }
}

/** hnswlib-node is compiled here, and `npm run setup:native` leaves a note of how. @param {string} packageName */
function flags(packageName) {
  const stamp = new URL('.hnswlib-flags', modules);
  return packageName === 'hnswlib-node' && existsSync(stamp) ? ` (${readFileSync(stamp, 'utf8')})` : '';
}
