// @ts-check
// Installs the peers and proves that each of them loads. hnswlib-node ships no binary and is compiled
// here; npm versions that hold back install scripts leave it uncompiled, so that is made good.
import { spawnSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const native = process.argv.includes('--native');
const stamp = new URL('node_modules/.hnswlib-flags', import.meta.url);
// The default flags of node-gyp stop at SSE. hnswlib picks AVX code when it is compiled, not when it runs.
const flags = native ? '-march=native' : '';
const env = native
  ? { ...process.env, CXXFLAGS: `${process.env.CXXFLAGS ?? ''} ${flags}`.trim() }
  : process.env;

/** @param {string[]} args */
function npm(...args) {
  const { status } = spawnSync('npm', args, {
    cwd: here,
    env,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) process.exit(status ?? 1);
}

/** @param {string} name */
function loads(name) {
  // A fresh process each time: a failed native load can be cached.
  const script = `require(${JSON.stringify(name)})`;
  return spawnSync(process.execPath, ['-e', script], { cwd: here }).status === 0;
}

npm('ci');
if (!loads('hnswlib-node') || native) npm('rebuild', 'hnswlib-node', '--ignore-scripts=false');
rmSync(stamp, { force: true });
if (native) writeFileSync(stamp, flags);

const require = createRequire(import.meta.url);
const missing = ['hnswlib-node', 'usearch', '@zvec/zvec', '@lancedb/lancedb', 'better-sqlite3'].filter(
  (name) => {
    const ok = loads(name);
    const { version } = require(`./node_modules/${name}/package.json`);
    console.log(`${ok ? 'ok    ' : 'FAILED'} ${name} ${version}`);
    return !ok;
  },
);
if (missing.length > 0) {
  console.error(
    `${missing.join(', ')} did not load. Compiling needs g++, make, python3 and the Node headers.`,
  );
  process.exit(1);
}
