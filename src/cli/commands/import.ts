/* `silt import`: points of a file, into a collection that is made where there is none. */
import { statSync } from 'node:fs';
import { type Command, Option } from 'commander';
import type { Collection } from '../../api/collection.js';
import type { CollectionConfig } from '../../api/config.js';
import type { Database } from '../../api/database.js';
import type { Metric } from '../../api/metric.js';
import type { CollectionStatus } from '../../api/upkeep.js';
import { rowsOf } from '../formats/read.js';
import { type FileRow, FORMATS, type Format, formatOf, unitOf, valuesOf } from '../formats/records.js';
import { integerIn } from '../frame/arguments.js';
import { apiKeyOption, silt } from '../frame/command.js';
import { writing } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { progressOf } from '../frame/progress.js';
import { interruptible } from '../frame/signals.js';
import { count, jsonOf } from '../frame/values.js';
import { type Loaded, load, type Target } from '../import/load.js';
import {
  type Given,
  isList,
  type Mapping,
  mappingOf,
  mappingShown,
  pointOf,
  vectorIn,
} from '../import/mapping.js';
import { ImportState } from '../import/state.js';
import { isAddress, Server } from '../served/server.js';

interface Arguments extends OutputOptions, Given {
  readonly format?: string;
  /** Of a new collection. */
  readonly metric?: Metric;
  readonly text?: readonly string[];
  readonly batch: number;
  readonly onError: 'refuse' | 'skip';
  readonly restart?: boolean;
  readonly index: boolean;
  readonly dryRun?: boolean;
  readonly apiKey?: string;
}

/** Rows that are looked at before the first is written. */
const LOOKED_AT = 100;

type Columns = Readonly<Record<string, unknown>>;

/** Columns of the first rows, each with the first value that it has. @throws CommandError where no row can be read */
async function sampleOf(file: string, format: Format): Promise<Columns> {
  const sample: Record<string, unknown> = Object.create(null);
  let wrong: FileRow | undefined;
  let read = 0;
  for await (const row of await rowsOf(file, format)) {
    for (const [name, value] of Object.entries(row.columns ?? {}))
      if (sample[name] === undefined || sample[name] === null || sample[name] === '') sample[name] = value;
    if (!row.columns) wrong ??= row;
    if (row.columns && ++read === LOOKED_AT) break;
  }
  if (read > 0) return sample;
  throw new CommandError(
    'INPUT',
    wrong
      ? `${file} has no ${unitOf(format)} that can be read as ${format}: ${unitOf(format)} ${wrong.at}: ${wrong.why}`
      : `${file} has no rows`,
  );
}

/** @throws CommandError where it is a folder; what is not there is an error of the system */
function expectFile(file: string): void {
  if (statSync(file).isDirectory()) throw new CommandError('USAGE', `${file} is a folder: name a file of it`);
}

/** What a new collection is like: by the first vector, or by the first of each name. */
function configOf({ vector }: Mapping, sample: Columns, metric: Metric): CollectionConfig {
  const first = vector === null ? undefined : vectorIn(sample[vector]);
  if (first === undefined) return {};
  if (Array.isArray(first)) return { dimension: first.length, metric };
  const named = Object.entries(first);
  const dense = named.filter(([, value]) => isList(value));
  const sparse = named.filter(([, value]) => typeof value === 'object' && value && 'indices' in value);
  if (dense.length + sparse.length < named.length || named.length === 0)
    throw new CommandError(
      'USAGE',
      `the column "${vector}" has neither vectors nor sparse vectors by name: make the collection first, with its fields`,
    );
  const unnamed = dense.find(([field]) => field === '');
  return {
    ...(unnamed && { dimension: (unnamed[1] as number[]).length, metric }),
    vectors: Object.fromEntries(
      dense
        .filter((one) => one !== unnamed)
        .map(([field, value]) => [field, { dimension: (value as number[]).length, metric }]),
    ),
    sparse: Object.fromEntries(sparse.map(([field]) => [field, {}])),
  };
}

/** A collection that is there stays as it is, but for fields of text that are asked for. */
async function targetOf(
  database: Database,
  name: string,
  mapping: Mapping,
  sample: Columns,
  { metric, text = [] }: Arguments,
): Promise<Collection> {
  const there = database.collections().some((one) => one.name === name);
  if (!there) await database.createCollection(name, configOf(mapping, sample, metric ?? 'cosine'));
  const collection = database.collection(name);
  const { dimension, metric: own } = collection.config;
  if (there && metric !== undefined && dimension > 0 && own !== metric)
    throw new CommandError(
      'USAGE',
      `the collection "${name}" has the metric ${own}: leave --metric out, or import into another one`,
    );
  for (const field of text)
    if (!Object.hasOwn(collection.config.text ?? {}, field))
      await collection.createField(field, { text: { path: field } });
  return collection;
}

/** Reads it all, and writes nothing. */
async function tried(file: string, format: Format, mapping: Mapping, output: Output): Promise<void> {
  let [rows, wrong] = [0, 0];
  let first: unknown;
  for await (const row of await rowsOf(file, format)) {
    const made = row.columns ? pointOf(mapping, row, rows, valuesOf(format)) : { why: row.why! };
    rows++;
    if ('point' in made) first ??= made.point;
    else if (++wrong <= 20) output.note(`${unitOf(format)} ${row.at}: ${made.why}`);
  }
  output.answer({ dryRun: true, rows, wrong, mapping, first }, () =>
    [
      `${count(rows)} rows, ${count(wrong)} of them cannot be read; nothing was written`,
      `the first: ${jsonOf(first).slice(0, 300)}`,
    ].join('\n'),
  );
}

/** A file, and how it is read. */
interface Source {
  readonly name: string;
  readonly file: string;
  readonly format: Format;
  readonly mapping: Mapping;
  readonly o: Arguments;
}

type Done = Loaded & { readonly resumedAt: number; readonly seconds: number };

/** Writes the rows from one on. `state`: where it is kept how far they are written. */
async function loadFrom(
  from: number,
  target: Target,
  { name, file, format, mapping, o }: Source,
  output: Output,
  signal: AbortSignal,
  state?: ImportState,
): Promise<Done> {
  const { size } = statSync(file);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  const progress = progressOf('kB');
  try {
    const done = await load(target, {
      rows: await rowsOf(file, format),
      mapping,
      values: valuesOf(format),
      unit: unitOf(format),
      batch: o.batch,
      from,
      onError: o.onError,
      signal,
      note: (line) => output.note(line),
      reached: (rows, bytes) => {
        state?.reached(rows);
        const rate = count(Math.round((rows - from) / seconds()));
        progress.show(
          name,
          Math.round(bytes / 1e3),
          Math.round(size / 1e3),
          `${count(rows)} rows, ${rate}/s`,
        );
      },
    });
    return { ...done, resumedAt: from, seconds: seconds() };
  } finally {
    progress.end();
  }
}

async function loaded(
  database: Database,
  signal: AbortSignal,
  output: Output,
  source: Source,
  sample: Columns,
): Promise<Done> {
  const { name, file, mapping, o } = source;
  const collection = await targetOf(database, name, mapping, sample, o);
  const state = new ImportState(database.path!, file, mapping, collection.info());
  const from = o.restart ? 0 : state.rows;
  if (from > 0) output.note(`goes on behind ${count(from)} rows that are written (--restart begins anew)`);
  const done = await loadFrom(from, collection as Target, source, output, signal, state);
  if (!signal.aborted) state.forget();
  return done;
}

/** Through a server, which indexes by itself. @throws CommandError where it has no such collection */
async function loadedBy(url: string, signal: AbortSignal, output: Output, source: Source): Promise<Done> {
  const { name, o } = source;
  const server = new Server(url, o.apiKey);
  const names = (await server.collections()).map((one) => one.name);
  if (!names.includes(name))
    throw new CommandError(
      'NOT_FOUND',
      `${server.url} has no collection "${name}": make it there first. It has ${names.slice(0, 10).join(', ') || 'none'}`,
    );
  if (o.metric !== undefined || o.text !== undefined)
    throw new CommandError('USAGE', '--metric and --text are of a new collection: a server has it already');
  return loadFrom(0, await server.collection(name), source, output, signal);
}

/** Nobody else may have the database open for a while: what is indexed here need not be when it is opened. */
async function indexAll(collection: Collection, signal: AbortSignal): Promise<void> {
  const progress = progressOf('points');
  const onProgress = ({ indexed, points }: CollectionStatus): void =>
    progress.show(`${collection.name}, index`, indexed, points);
  try {
    await collection.buildNow({ signal, onProgress });
  } finally {
    progress.end();
  }
}

async function importInto(dir: string, name: string, file: string, o: Arguments): Promise<void> {
  const output = new Output(o);
  const format = formatOf(file, o.format);
  expectFile(file);
  const sample = await sampleOf(file, format);
  const mapping = mappingOf(sample, o);
  output.note(mappingShown(mapping, sample));
  if (o.dryRun) return tried(file, format, mapping, output);
  const source = { name, file, format, mapping, o };
  const tell = (done: Done): void => {
    const { rows, inserted, replaced, skipped, resumedAt, seconds } = done;
    const each = Math.round((rows - resumedAt) / Math.max(seconds, 1e-3));
    output.answer(
      { collection: name, ...done },
      () =>
        `${name}: ${count(rows)} rows read, ${count(inserted)} points inserted, ${count(replaced)} replaced, ${count(skipped)} rows left out, in ${seconds.toFixed(1)} s (${count(each)} a second)`,
    );
  };
  if (isAddress(dir))
    return interruptible(async (signal) => tell(await loadedBy(dir, signal, output, source)), {
      waits: true,
    });
  await writing(
    dir,
    async (database, signal) => {
      const done = await loaded(database, signal, output, source, sample);
      if (o.index && !signal.aborted) await indexAll(database.collection(name), signal);
      tell(done);
    },
    { create: true, waits: true },
  );
}

export function importCommand(): Command {
  return silt(
    'import',
    'Imports the rows of a file as points. Run the same command again to resume an interrupted import.',
    [
      'silt import ./data words words.jsonl',
      'silt import ./data articles articles.csv --id slug --vector embedding --metric dot',
      'silt import ./data base sift_base.fvecs --metric euclidean',
      'silt import ./data articles articles.jsonl --text title body',
      'silt import ./data words words.parquet --dry-run',
      'silt import http://127.0.0.1:6333 words words.jsonl',
    ],
  )
    .argument('<dir>', 'the folder of the database, created if missing; or the address of a silt serve')
    .argument('<collection>', 'its collection; made if missing, by the first vector')
    .argument('<file>', `a file of one of: ${FORMATS.join(', ')}`)
    .option('--format <name>', 'its format, where the name does not say it')
    .option('--id <column>', 'the column of ids (guessed: id, uuid, …; else the number of the row, from 0)')
    .option('--vector <column>', 'the column of vectors (guessed: vector, embedding, … or a list)')
    .option('--no-vector', 'without vectors')
    .option('--payload <column>', 'the column that has the whole payload (default: all other columns)')
    .option('--metric <name>', 'of a new collection (default: cosine)')
    .option('--text <keys...>', 'keys of the payload whose texts can then be searched by words')
    .option('--batch <rows>', 'rows that are written at once', integerIn(1, 100_000), 1_000)
    .addOption(
      new Option('--on-error <what>', 'a row that cannot be taken ends the import, or is left out')
        .choices(['refuse', 'skip'])
        .default('refuse'),
    )
    .option('--restart', 'begin at the beginning, also where an import was cut short')
    .option(
      '--no-index',
      'leave the index to the next process that writes; searches find all points either way',
    )
    .option('--dry-run', 'read and check it all, and write nothing')
    .addOption(apiKeyOption())
    .action(importInto);
}
