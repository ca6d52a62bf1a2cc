/* `silt export`: points into a file, or to the standard output. */
import { once } from 'node:events';
import { createWriteStream, existsSync, realpathSync, renameSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import type { Command } from 'commander';
import type { Filter } from '../../api/filter.js';
import { Columns } from '../formats/columns.js';
import { descriptionOf } from '../formats/description.js';
import { FORMATS, type Format, formatOf, type Writer } from '../formats/records.js';
import { hasColumns, writerOf } from '../formats/writers.js';
import { filterArgument, integerIn } from '../frame/arguments.js';
import { apiKeyOption, FOLDER_OR_ADDRESS, silt } from '../frame/command.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { progressOf } from '../frame/progress.js';
import { obeyedNowhere } from '../frame/text.js';
import { points as pointsOf } from '../frame/values.js';
import type { Asked } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly format?: string;
  readonly filter?: unknown;
  readonly limit?: number;
  readonly vector: boolean;
  readonly overwrite?: boolean;
}

const STDOUT = '-';
const CHUNK = 1 << 18;

/** Collects what is written, and waits where nobody takes it. */
class Sink {
  readonly #stream: Writable;
  /** Whether it is a terminal: texts give it no orders. */
  readonly #seen: boolean;
  #parts: Buffer[] = [];
  #size = 0;

  constructor(stream: Writable & { readonly isTTY?: boolean }) {
    this.#stream = stream;
    this.#seen = stream.isTTY ?? false;
  }

  async write(part: string | Buffer): Promise<void> {
    const bytes = typeof part === 'string' ? Buffer.from(this.#seen ? obeyedNowhere(part) : part) : part;
    this.#parts.push(bytes);
    this.#size += bytes.length;
    if (this.#size >= CHUNK) await this.flush();
  }

  async flush(): Promise<void> {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    this.#size = 0;
    if (this.#stream.errored) throw this.#stream.errored;
    if (bytes.length > 0 && !this.#stream.write(bytes)) await once(this.#stream, 'drain');
  }
}

/** Writes the points. Returns how many there were. */
async function written(
  collection: Asked,
  writer: Writer,
  sink: Sink,
  o: Arguments,
  signal: AbortSignal,
): Promise<number> {
  const filter = o.filter as Filter | undefined;
  const { limit } = o;
  const all = await collection.count({ filter });
  const total = Math.min(all, limit ?? all);
  const progress = await progressOf('points');
  let points = 0;
  try {
    await sink.write(writer.begin?.(total) ?? '');
    for await (const point of collection.scroll({ filter, limit, withVector: o.vector, signal })) {
      if (point.unreadable !== undefined)
        throw new CommandError('DAMAGED', `point ${point.id} cannot be read: ${point.unreadable}`);
      await sink.write(writer.row(point));
      if (++points % 1_000 === 0) progress.show(collection.name, points, total);
    }
    if (writer.counted && points !== total)
      throw new CommandError(
        'FAILED',
        `${pointsOf(points)} were written and the file says ${total}: they changed meanwhile. Export again`,
      );
    await sink.write(writer.end?.() ?? '');
    await sink.flush();
  } finally {
    progress.end();
  }
  return points;
}

/** What the points have that are going to be written. */
async function columnsOf(
  collection: Asked,
  format: Format,
  o: Arguments,
  signal: AbortSignal,
): Promise<Columns> {
  const columns = new Columns();
  const { limit } = o;
  const withVector = o.vector && format !== 'csv';
  const filter = o.filter as Filter | undefined;
  for await (const point of collection.scroll({ filter, limit, withVector, signal })) columns.see(point);
  return columns;
}

/** Where it is written: under another name until it is whole, but pipes and devices as they are. */
interface Target {
  readonly path: string;
  readonly unfinished: string | undefined;
}

/** @throws CommandError where nothing can be written there, or something is in the way */
function targetOf(file: string, overwrite: boolean): Target {
  if (!existsSync(file)) {
    if (existsSync(dirname(file))) return { path: file, unfinished: `${file}.part` };
    throw new CommandError('NOT_FOUND', `there is no folder ${dirname(file)} for the file: make it first`);
  }
  const found = statSync(file);
  if (found.isDirectory()) throw new CommandError('USAGE', `${file} is a folder: name a file in it`);
  if (!found.isFile()) return { path: file, unfinished: undefined };
  if (!overwrite)
    throw new CommandError('EXISTS', `${file} is there already: say --overwrite, or choose another name`);
  const path = realpathSync(file);
  return { path, unfinished: `${path}.part` };
}

async function exportFrom(folder: string, name: string, file: string, o: Arguments): Promise<void> {
  const output = new Output(o);
  const format = file === STDOUT && o.format === undefined ? 'jsonl' : formatOf(file, o.format);
  if (file === STDOUT && process.stdout.isTTY && format !== 'jsonl' && format !== 'csv')
    throw new CommandError('USAGE', `${format} is for programs, not for a terminal: name a file, or pipe it`);
  const target = file === STDOUT ? undefined : targetOf(file, o.overwrite ?? false);
  await asking(folder, o, async (place, signal) => {
    const collection = await place.collection(name);
    const columns = hasColumns(format) ? await columnsOf(collection, format, o, signal) : new Columns();
    const { dimension } = collection.config;
    const description = descriptionOf(await collection.info());
    const writer = await writerOf(format, { columns, withVector: o.vector, dimension, description });
    if (!target) {
      await written(collection, writer, new Sink(process.stdout), o, signal);
      return;
    }
    const { path, unfinished } = target;
    const stream = createWriteStream(unfinished ?? path);
    stream.on('error', () => {}); // told where it is written to
    try {
      await once(stream, 'open');
      const points = await written(collection, writer, new Sink(stream), o, signal);
      stream.end();
      await finished(stream);
      if (unfinished !== undefined) renameSync(unfinished, path);
      output.answer({ path: file, format, points }, () => `${name}: ${pointsOf(points)} in ${file}`);
    } catch (error) {
      stream.destroy();
      if (unfinished !== undefined) rmSync(unfinished, { force: true });
      throw error;
    }
  });
}

export function exportCommand(): Command {
  return silt(
    'export',
    'Writes points to a file, in the order of their ids. fvecs, bvecs, ivecs and npy have vectors alone, npz ids and vectors. Parquet and Arrow carry the configuration of the collection and its payload indexes; for others, silt info --json has them, and silt import --config takes them.',
    [
      'silt export ./data words words.jsonl',
      'silt export ./data words words.csv --no-vector',
      'silt export ./data words words.parquet',
      'silt export ./data words words.npz',
      'silt export http://127.0.0.1:6333 words words.jsonl',
      `silt export ./data words - --filter '{"must":[{"key":"lang","match":{"value":"en"}}]}' | head`,
    ],
  )
    .argument('<folder>', FOLDER_OR_ADDRESS)
    .argument('<collection>', 'its collection')
    .argument('<file>', 'a file that does not exist yet; - is the standard output')
    .option('--format <name>', `its format, where the name does not say it: ${FORMATS.join(', ')}`)
    .option(
      '--filter <filter>',
      'only points that match: lang=en year>=1990, or JSON; @file reads a file',
      filterArgument,
    )
    .option('--limit <points>', 'most points', integerIn(0, Number.MAX_SAFE_INTEGER))
    .option('--no-vector', 'without vectors')
    .option('--overwrite', 'in place of a file that is there')
    .addOption(apiKeyOption())
    .action(exportFrom);
}
