// @ts-check
// What a figure was measured on. Without this a result file is worth nothing.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import os from 'node:os';
import { fileURLToPath } from 'node:url';

export function machine() {
  return {
    cpu: os.cpus()[0]?.model ?? 'unknown',
    cores: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    kernel: `${os.type()} ${os.release()}`,
    node: process.version,
    v8: process.versions.v8,
    transparentHugePages: firstLine('/sys/kernel/mm/transparent_hugepage/enabled'),
    silt: siltVersion(),
  };
}

/** @returns {number[]} 1, 5 and 15 minutes */
export function load() {
  return os.loadavg().map((value) => Math.round(value * 100) / 100);
}

/** The package version and the commit it was built from, with a mark if the sources differ from it. */
export function siltVersion() {
  const root = new URL('../../', import.meta.url);
  const { version } = JSON.parse(readFileSync(new URL('package.json', root), 'utf8'));
  const git = (/** @type {string[]} */ ...args) => {
    const { status, stdout } = spawnSync('git', args, { cwd: fileURLToPath(root), encoding: 'utf8' });
    return status === 0 ? stdout.trim() : null;
  };
  const commit = git('describe', '--always');
  // Not of the results: each section writes some, and the next one would no longer know its commit.
  const mark = git('status', '--porcelain', '--', 'src', 'package.json') ? '+' : '';
  return commit === null ? version : `${version} (${commit}${mark})`;
}

/** @param {string} path */
function firstLine(path) {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}
