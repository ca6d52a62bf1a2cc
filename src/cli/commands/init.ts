/* `silt init`: writes a first program, from what is said on the command line and, at a terminal, from what it asks. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { DIMENSION_MAX } from '../../base/limits.js';
import { integerIn } from '../frame/arguments.js';
import { silt } from '../frame/command.js';
import { CommandError, Interrupted } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { type First, METRICS, programFor } from '../init/program.js';

interface Arguments extends OutputOptions, Partial<Omit<First, 'file'>> {
  readonly yes?: boolean;
}

const DEFAULTS: First = {
  file: 'first.mjs',
  path: './silt-data',
  collection: 'documents',
  dimension: 384,
  metric: 'cosine',
};

/** Whether files of a folder that end with .ts are ES modules: the nearest package.json says it. */
function isModuleIn(folder: string): boolean {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return /"type"\s*:\s*"module"/.test(readFileSync(file, 'utf8'));
  return dirname(folder) !== folder && isModuleIn(dirname(folder));
}

/** Why a file cannot be written, if it cannot. Nothing is ever overwritten. */
function problemOf(file: string): CommandError | undefined {
  if (!/\.(mjs|mts|ts)$/.test(file))
    return new CommandError('USAGE', `the file must end with .mjs, .mts or .ts, got ${file}`);
  if (file.endsWith('.ts') && !isModuleIn(dirname(resolve(file))))
    return new CommandError(
      'USAGE',
      `${file} would be no ES module, which the program is: name it ${file.replace(/ts$/, 'mts')}, or set "type": "module" in package.json`,
    );
  return existsSync(file)
    ? new CommandError('EXISTS', `${file} exists. Name another file: silt init second.mjs`)
    : undefined;
}

/** What was not said on the command line. Ctrl+C ends it, and nothing is written. */
async function asked(said: Partial<First>): Promise<First> {
  const { cancel, intro, isCancel, select, text } = await import('@clack/prompts');
  const answered = <T>(answer: T): Exclude<T, symbol> => {
    if (!isCancel(answer)) return answer as Exclude<T, symbol>;
    cancel('Nothing was written.');
    throw new Interrupted('SIGINT');
  };
  const line = async (
    message: string,
    initialValue: string,
    problem: (value: string) => string | undefined,
  ) => answered(await text({ message, initialValue, validate: (value = '') => problem(value) }));
  const needed = (value: string): string | undefined =>
    value.trim() === '' ? 'It may not be empty.' : undefined;
  const dimensionOf = integerIn(1, DIMENSION_MAX);
  const wrongDimension = (value: string): string | undefined => {
    try {
      dimensionOf(value);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };
  intro('A first program for Silt');
  const file =
    said.file ?? (await line('File of the program', DEFAULTS.file, (value) => problemOf(value)?.message));
  const path = said.path ?? (await line('Folder of the database', DEFAULTS.path, needed));
  const collection = said.collection ?? (await line('Collection', DEFAULTS.collection, needed));
  const dimension =
    said.dimension ??
    dimensionOf(
      await line('Dimensions of your vectors (your model says)', `${DEFAULTS.dimension}`, wrongDimension),
    );
  const options = METRICS.map((value) => ({ value }));
  const metric = said.metric ?? answered(await select({ message: 'Metric (most models: cosine)', options }));
  return { file, path, collection, dimension, metric };
}

async function init(
  file: string | undefined,
  { yes = false, json = false, ...said }: Arguments,
): Promise<void> {
  const output = new Output({ json });
  const given = { ...said, ...(file === undefined ? {} : { file }) };
  const problem = file === undefined ? undefined : problemOf(file);
  if (problem) throw problem;
  const asks = !yes && !json && process.stdin.isTTY && process.stdout.isTTY;
  const first = asks ? await asked(given) : { ...DEFAULTS, ...given };
  const late = problemOf(first.file);
  if (late) throw late;
  // 'wx': a file that came meanwhile is not overwritten either.
  writeFileSync(first.file, programFor(first), { flag: 'wx' });
  const { file: written } = first;
  const run = written.endsWith('ts')
    ? `node ${written}   (Node 22.18 or later; before: npx tsx ${written})`
    : `node ${written}`;
  output.answer(first, () => `${written} is written. Run it:\n\n  npm install silt\n  ${run}`);
}

export function initCommand(): Command {
  return silt('init', 'Writes a first program, which runs as it is. At a terminal it asks what it needs.', [
    'silt init',
    'silt init search.mts --collection articles --dimension 768 --yes',
  ])
    .argument('[file]', 'the file to write; it must not exist (default: first.mjs)')
    .option('--path <folder>', 'the folder of the database (default: ./silt-data)')
    .option('--collection <name>', 'the name of the collection (default: documents)')
    .option('--dimension <n>', 'numbers of a vector (default: 384)', integerIn(1, DIMENSION_MAX))
    .addOption(new Option('--metric <name>', 'how vectors are compared (default: cosine)').choices(METRICS))
    .option('--yes', 'ask nothing: what is not said has its default')
    .action(init);
}
