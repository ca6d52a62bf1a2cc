// @ts-check
// Where files go: exact answers are kept, everything else lives in one folder per run that goes with it.
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const cacheDir = new URL('../.cache/', import.meta.url);

const runDir = new URL(`run-${process.pid}/`, cacheDir);

/** @param {string} name */
export function scratchPath(name) {
  mkdirSync(runDir, { recursive: true });
  return fileURLToPath(new URL(name, runDir));
}

/**
 * @param {string} name
 * @param {Uint8Array | Int32Array | Float32Array | Float64Array} values
 * @returns {string} the path
 */
export function scratchFile(name, values) {
  const path = scratchPath(name);
  writeFileSync(path, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
  return path;
}

export function removeScratch() {
  rmSync(runDir, { recursive: true, force: true });
}

/** Folders of runs that were killed; they hold hundreds of megabytes each. */
export function removeStale() {
  if (!existsSync(cacheDir)) return;
  for (const name of readdirSync(cacheDir)) {
    const pid = /^run-(\d+)$/.exec(name)?.[1];
    if (pid !== undefined && !isAlive(Number(pid))) {
      rmSync(new URL(`${name}/`, cacheDir), { recursive: true, force: true });
    }
  }
}

/** @param {number} pid */
function isAlive(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
