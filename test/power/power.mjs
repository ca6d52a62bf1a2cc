/* Records what a process asks of the disk, and checks what a loss of power may have left of it. */
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, realpathSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { damageIds, toFormat1, toFormat2 } from './older.mjs';

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

/** Runs the workload in a process; `env` says where its marks go, and whether its writes are recorded. */
function work(root, env, args) {
  const { status, signal, stderr } = spawnSync(
    process.execPath,
    [join(here, 'workload.mjs'), root, ...args.map(String)],
    { env: { ...process.env, ...env }, encoding: 'utf8', timeout: 120_000, killSignal: 'SIGKILL' },
  );
  if (status !== 0) throw new Error(`the workload ended with ${status ?? signal}: ${stderr}`);
}

/** What a closed database is made into before a recorded process opens it. */
const EARLIER = { 'format 1': toFormat1, 'format 2': toFormat2, 'damaged ids': damageIds };

export const KINDS = Object.keys(EARLIER);

/**
 * Records a process that works with a database in `<folder>/disk`. Without a `kind` it makes the database; else that was
 * made by another one, by the same operations, and then made into one of the kind: recorded is the process that upgrades
 * or repairs it. Returns the trace, and what was there before: files, and marks.
 */
export async function record(folder, library, { seed, rounds, kind }) {
  mkdirSync(join(folder, 'disk'), { recursive: true });
  const recorded = recordedIn(folder, kind);
  const { trace, root, from, marks, repair } = recorded;
  const env = {
    LD_PRELOAD: library,
    SILT_RECORD: trace,
    SILT_RECORD_ROOT: root,
    UV_USE_IO_URING: '0', // what is asked for by its rings, no library sees
  };
  if (kind === undefined) work(root, env, [seed, rounds]);
  else {
    work(root, { SILT_RECORD: marks.slice(0, -'.marks'.length), SILT_POWER_PLAIN: '1' }, [seed, rounds]);
    const path = join(root, 'some', 'where', 'db');
    await EARLIER[kind](path);
    if (!repair) rmSync(join(path, 'snapshots'), { recursive: true }); // earlier releases wrote others
    cpSync(root, from, { recursive: true });
    work(root, env, [seed + 1, rounds, marks, ...(repair ? ['repair'] : [])]);
  }
  return recorded;
}

/** What `record` has left in a folder. */
export function recordedIn(folder, kind) {
  const recorded = { trace: join(folder, 'trace'), root: realpathSync(join(folder, 'disk')) };
  if (kind === undefined) return recorded;
  const repair = kind === 'damaged ids';
  return { ...recorded, from: join(folder, 'from'), marks: join(folder, 'made.marks'), repair };
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
