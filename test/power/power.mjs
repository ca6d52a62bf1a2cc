/* Records what a process asks of the disk, and checks what a loss of power may have left of it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, realpathSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = fileURLToPath(new URL('.', import.meta.url));
const CHECKERS = Math.min(2, availableParallelism());

/** Makes the library that records, in a folder. @throws Error where there is no C compiler, or not Linux */
export function buildRecorder(folder) {
  if (process.platform !== 'linux') throw new Error('libraries are loaded before others on Linux alone');
  const library = join(folder, 'record-disk.so');
  const source = join(here, '..', 'support', 'record-disk.c');
  execFileSync('gcc', ['-Wall', '-Werror', '-shared', '-fPIC', '-o', library, source, '-ldl'], {
    stdio: 'pipe',
  });
  return library;
}

/** Runs a script of this folder with its writes recorded, on `<folder>/disk`. Returns the trace. */
export function record(folder, library, script, args = []) {
  mkdirSync(join(folder, 'disk'), { recursive: true });
  const root = realpathSync(join(folder, 'disk'));
  const trace = join(folder, 'trace');
  const env = {
    ...process.env,
    LD_PRELOAD: library,
    SILT_RECORD: trace,
    SILT_RECORD_ROOT: root,
    UV_USE_IO_URING: '0', // what is asked for by its rings, no library sees
  };
  const { status, signal, stderr } = spawnSync(process.execPath, [join(here, script), root, ...args], {
    env,
    encoding: 'utf8',
    timeout: 120_000,
    killSignal: 'SIGKILL',
  });
  if (status !== 0) throw new Error(`${script} ended with ${status ?? signal}: ${stderr}`);
  return { trace, root };
}

/** Runs one process over images; returns what it said, and how it ended. */
async function runChild(options) {
  const child = spawn(process.execPath, [join(here, 'check-child.mjs'), JSON.stringify(options)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let out = '';
  let errors = '';
  child.stdout.on('data', (text) => (out += text));
  child.stderr.on('data', (text) => (errors += text));
  const [code, signal] = await new Promise((resolve) => child.on('close', (...ended) => resolve(ended)));
  const said = out
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));
  return { said, ended: code === 0 ? undefined : `the process ended with ${code ?? signal}: ${errors}` };
}

/** Whether a failure is of the kind that is looked for: `until` is the source of a RegExp. */
export function isFound({ until }, failure) {
  return until !== undefined && new RegExp(until).test(failure);
}

/** Checks a range of images, whatever they do to the process that opens them. Returns the failures. */
async function checkRange(options) {
  const failures = [];
  const isEnough = () =>
    options.until !== undefined && failures.some(({ failure }) => isFound(options, failure));
  for (let skip = 0; skip < options.count && !isEnough(); ) {
    const { said, ended } = await runChild({ ...options, skip });
    const begun = said.filter(({ cut }) => cut !== undefined);
    const failed = said.filter(({ failure }) => failure !== undefined);
    if (ended !== undefined) failed.push({ image: begun.at(-1)?.image, failure: ended });
    if (begun.length === 0) throw new Error(ended ?? 'no image was checked');
    for (const { image, failure } of failed)
      failures.push({ ...begun.find((one) => one.image === image), failure });
    skip += begun.length;
  }
  return failures;
}

/** Checks images `first` to `first + count` of a seed; with `until`, up to one that fails so. Returns the failures. */
export async function checkImages({ count, first = 0, ...options }) {
  const share = Math.ceil(count / CHECKERS);
  const ranges = Array.from({ length: CHECKERS }, (_, i) => ({
    ...options,
    first: first + i * share,
    count: Math.max(0, Math.min(share, count - i * share)),
  }));
  return (await Promise.all(ranges.map(checkRange))).flat();
}
