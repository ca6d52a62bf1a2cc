/* `silt import`: points of a file, into a collection that is made where there is none. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, Option } from 'commander';
import type { CollectionStatus } from '../../api/upkeep.js';
import { isRecord } from '../../base/checks.js';
import { describedIn } from '../formats/description.js';
import { rowsOf } from '../formats/read.js';
import { type FileRow, FORMATS, type Format, formatOf, unitOf, valuesOf } from '../formats/records.js';
import { integerIn, jsonIn } from '../frame/arguments.js';
import { apiKeyOption, silt } from '../frame/command.js';
import { isAddress, type reading, writing } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { progressOf } from '../frame/progress.js';
import { count, fieldsShown, points, rows as rowsIn } from '../frame/values.js';
import { type Loaded, load } from '../import/load.js';
import { expectMetric, type MadeOptions, make, type Source } from '../import/made.js';
import { type Given, mappingOf, mappingShown } from '../import/mapping.js';
import { ImportState } from '../import/state.js';
import { tried } from '../import/trial.js';
import type { Asked, Place } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions, Given, MadeOptions {
  readonly format?: string;
  readonly text?: readonly string[];
  readonly batch: number;
  readonly onError: 'refuse' | 'skip';
  readonly restart?: boolean;
  readonly index: boolean;
  readonly dryRun?: boolean;
}

/** Rows that are looked at before the first is written: as many as a batch has. */
const LOOKED_AT = 1_000;

type Columns = Readonly<Record<string, unknown>>;

/** Of a column in two rows, the value before; of vectors by name, which not all points have, all names. */
function firstOf(before: unknown, value: unknown): unknown {
  if (before === undefined || before === null || before === '') return value;
  return isRecord(before) && isRecord(value) ? { ...value, ...before } : before;
}

/** Columns of the first rows, each with the first value that it has. @throws CommandError where no row can be read */
async function sampleOf(file: string, format: Format): Promise<Columns> {
  const sample: Record<string, unknown> = Object.create(null);
  let wrong: FileRow | undefined;
  let read = 0;
  for await (const row of await rowsOf(file, format)) {
    for (const [name, value] of Object.entries(row.columns ?? {}))
      sample[name] = firstOf(sample[name], value);
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

/** A name that is one of a column is that of a key, whatever signs it has; anything else is a path. */
const pathFor = (field: string, sample: Columns): string =>
  Object.hasOwn(sample, field) && !/^[\p{L}\w-]+$/u.test(field) ? JSON.stringify(field) : field;

/** A collection that is there stays as it is, but for fields of text that are asked for; of one that is made, its fields are told. */
async function targetOf(place: Place, source: Source<Arguments>, output: Output): Promise<Asked> {
  const { name, o } = source;
  const there = (await place.names()).includes(name);
  if (!there) await make(place, source);
  const collection = await place.collection(name);
  const { config } = collection;
  if (there) expectMetric(config, o.metric, name);
  for (const field of o.text ?? [])
    if (!Object.hasOwn(config.text ?? {}, field))
      await collection.createField(field, { text: { path: pathFor(field, source.sample) } });
  if (!there) output.note(`makes "${name}": ${fieldsShown((await place.collection(name)).config)}`);
  return collection;
}

type Done = Loaded & { readonly resumedAt: number; readonly seconds: number };

/** Writes the rows that are not written yet. `state`: where it is kept how far they are. */
async function loaded(
  target: Asked,
  state: ImportState,
  { name, file, format, mapping, o }: Source<Arguments>,
  output: Output,
  signal: AbortSignal,
): Promise<Done> {
  const from = o.restart ? 0 : state.rows;
  if (from > 0) output.note(`goes on behind ${rowsIn(from)} that are written (--restart begins anew)`);
  const { size } = statSync(file);
  const began = performance.now();
  const seconds = (): number => (performance.now() - began) / 1_000;
  const progress = await progressOf('kB');
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
        state.reached(rows);
        const rate = count(Math.round((rows - from) / seconds()));
        progress.show(name, Math.round(bytes / 1e3), Math.round(size / 1e3), `${rowsIn(rows)}, ${rate}/s`);
      },
    });
    if (!signal.aborted) state.forget();
    return { ...done, resumedAt: from, seconds: seconds() };
  } finally {
    progress.end();
  }
}

/** How far it is, is kept beside the database; through a server, beside the file. */
async function stateOf(
  place: Place,
  collection: Asked,
  { file, mapping }: Source<Arguments>,
  output: Output,
): Promise<ImportState> {
  const served = isAddress(place.path);
  const path = served ? `${file}.silt-import` : join(place.path, 'import-state.json');
  const server = served ? place.path : undefined;
  const note = (line: string): void => output.note(line);
  return new ImportState(path, { file, mapping, server, note }, await collection.info());
}

/** Nobody else may have the database open for a while: what is indexed here need not be when it is opened. */
async function indexAll(collection: Asked, signal: AbortSignal): Promise<void> {
  const progress = await progressOf('points');
  const onProgress = ({ indexed, points }: CollectionStatus): void =>
    progress.show(`${collection.name}, index`, indexed, points);
  try {
    await collection.buildNow?.({ signal, onProgress });
  } finally {
    progress.end();
  }
}

async function importInto(folder: string, name: string, file: string, o: Arguments): Promise<void> {
  const output = new Output(o);
  if (o.config && o.metric !== undefined)
    throw new CommandError('USAGE', '--config says the metrics of all fields: leave --metric out');
  const format = formatOf(file, o.format);
  expectFile(file);
  const sample = await sampleOf(file, format);
  const mapping = mappingOf(sample, o);
  output.note(mappingShown(mapping, sample));
  if (mapping.vector === null && o.vector === undefined && o.text === undefined)
    output.note(
      'no column has vectors, such as [0.1, 0.2]: points have payloads alone. --vector names the column; --no-vector says that none is meant',
    );
  const source = { name, file, format, mapping, sample, o };
  if (o.dryRun) return tried(folder, source, output);
  const tell = (done: Done): void => {
    const { rows, inserted, replaced, skipped, resumedAt, seconds } = done;
    const each = Math.round((rows - resumedAt) / Math.max(seconds, 1e-3));
    output.answer(
      { collection: name, ...done },
      () =>
        `${name}: ${rowsIn(rows)} read, ${points(inserted)} inserted, ${count(replaced)} replaced, ${rowsIn(skipped)} left out, in ${seconds.toFixed(1)} s (${count(each)} a second)`,
    );
  };
  const opening: typeof reading = (dir, use) => writing(dir, use, { create: true, waits: true });
  await asking(
    folder,
    o,
    async (place, signal) => {
      const collection = await targetOf(place, source, output);
      const done = await loaded(
        collection,
        await stateOf(place, collection, source, output),
        source,
        output,
        signal,
      );
      if (o.index && !signal.aborted && collection.buildNow) await indexAll(collection, signal);
      tell(done);
    },
    { opening, waits: true },
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
      'silt import ./data words words.jsonl --config @words.json',
      'silt import http://127.0.0.1:6333 words words.jsonl',
    ],
  )
    .argument(
      '<folder>',
      'the folder of the database, created if missing; or the address of the silt serve that has it open',
    )
    .argument(
      '<collection>',
      'its collection; made if missing, as the file or --config says, else by the first vector',
    )
    .argument('<file>', `a file of one of: ${FORMATS.join(', ')}`)
    .option('--format <name>', 'its format, where the name does not say it')
    .option('--id <column>', 'the column of ids (guessed: id, uuid, …; else the number of the row, from 0)')
    .option('--vector <column>', 'the column of vectors (guessed: vector, embedding, … or a list)')
    .option('--no-vector', 'without vectors')
    .option('--payload <column>', 'the column that has the whole payload (default: all other columns)')
    .option('--metric <name>', 'of a new collection (default: as the file says, else cosine)')
    .option(
      '--config <json>',
      'of a new collection, as silt info FOLDER COLLECTION --json prints it; @file reads a file',
      (text) => describedIn(jsonIn(text), '--config'),
    )
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
