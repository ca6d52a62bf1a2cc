/*
 * `silt push` and `silt pull`: copies between a folder and a server. The folder is served on loopback meanwhile, under a key
 * that nobody else has, so that both ways are one: from a server to a server.
 */
import { randomUUID } from 'node:crypto';
import { type Command, InvalidArgumentError } from 'commander';
import type { Database } from '../../api/database.js';
import { ValidationError } from '../../base/errors.js';
import type { Server } from '../../server/http/index.js';
import { silt } from '../frame/command.js';
import { expectDatabase } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { progressOf } from '../frame/progress.js';
import { points as pointsOf } from '../frame/values.js';
import type { Announced } from '../served/announced.js';
import { insteadOf } from '../served/place.js';
import { type CopyOptions, checkTarget, copyCollection } from './copy.js';
import { Remote } from './remote.js';
import { State } from './state.js';

interface Arguments extends OutputOptions {
  readonly path: string;
  readonly collection?: string[];
  readonly apiKey?: string;
  readonly batch: number;
  readonly overwrite?: boolean;
}

/** What is Silt's own, and hidden from Qdrant's requests. */
const SETTINGS = 'qdrant:settings';
const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const QDRANT_METRICS = ['cosine', 'dot', 'euclidean', 'manhattan'];

const refused = (collection: string, why: string): ValidationError =>
  new ValidationError(
    'INVALID_OPTION',
    `"${collection}" cannot be copied to a Qdrant server: ${why}. --collection copies others alone`,
  );

/** @throws ValidationError before any effect, for what a Qdrant server cannot take */
async function checkSource(database: Database, name: string): Promise<void> {
  const collection = database.collection(name);
  const { config } = collection;
  const [text] = Object.keys(config.text ?? {});
  if (text !== undefined)
    throw refused(
      name,
      `it has a field of text, "${text}", which Qdrant does not have. dropField(${JSON.stringify(text)}) of the collection, in a program, takes it out and leaves payloads`,
    );
  const vectors = typeof config.vectors === 'string' ? [] : Object.values(config.vectors);
  const metrics = [...(config.dimension > 0 ? [config.metric] : []), ...vectors.map(({ metric }) => metric)];
  const unknown = metrics.find((metric) => !QDRANT_METRICS.includes(metric));
  if (unknown) throw refused(name, `it compares by ${unknown}, which Qdrant does not have`);
  for await (const { id } of collection.scroll({ withPayload: false }))
    if (typeof id === 'string' && !UUID.test(id))
      throw refused(
        name,
        `the id ${JSON.stringify(id)} is neither an integer nor a UUID, as Qdrant's are. Write the points under such ids first`,
      );
}

async function collectionsOf(remote: Remote): Promise<string[]> {
  const { collections } = await remote.ask<{ collections: { name: string }[] }>('GET', '/collections');
  return collections.map(({ name }) => name);
}

interface Local extends Announced, Partial<Pick<Server, 'database'>> {
  close(): Promise<void>;
}

/** The folder as a server: one of its own, or for writing the one that has it open. */
async function localOf(path: string, way: 'push' | 'pull'): Promise<Local> {
  const { serve } = await import('../../server/http/index.js');
  const apiKey = randomUUID();
  try {
    const { url, database, close } = await serve({ path, port: 0, apiKey, readOnly: way === 'push' });
    return { url, apiKey, database, close };
  } catch (error) {
    return { ...insteadOf(path, error), close: async () => {} };
  }
}

async function copy(args: Arguments, url: string, way: 'push' | 'pull'): Promise<void> {
  if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
    throw new ValidationError(
      'INVALID_OPTION',
      `${way} needs the address of a server, such as http://127.0.0.1:6333, got ${url}`,
    );
  const output = new Output(args);
  const told = (line: string): void => output.note(line);
  const server = new Remote(url, args.apiKey, told);
  // No folder is made for a server that does not answer.
  const there = way === 'pull' ? await collectionsOf(server) : undefined;
  if (way === 'push') expectDatabase(args.path);
  const local = await localOf(args.path, way);
  const { show, end } = await progressOf('points');
  try {
    const folder = new Remote(local.url, local.apiKey, told, args.path);
    const [from, to] = way === 'push' ? [folder, server] : [server, folder];
    const state = new State(args.path, way, server.url);
    const o: CopyOptions = {
      from,
      to,
      state,
      batch: args.batch,
      overwrite: args.overwrite ?? false,
      progress: show,
    };
    const here = there ?? (await collectionsOf(folder));
    const names = args.collection ?? here;
    for (const name of names)
      if (name === SETTINGS || !here.includes(name))
        throw new CommandError('NOT_FOUND', `there is no collection "${name}" at ${from.name}`);
    if (way === 'push') {
      for (const name of names) await checkSource(local.database!, name);
      await collectionsOf(server); // it answers, before anything of it is replaced
    }
    await checkTarget(o, names);
    for (const name of names) {
      const points = await copyCollection(o, name);
      end();
      output.answer({ collection: name, points }, () => `${name}: ${pointsOf(points)} copied and compared`);
    }
    state.forget();
  } finally {
    end();
    await local.close();
  }
}

function numberOf(text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= 10_000) return number;
  throw new InvalidArgumentError('It is a number from 1 to 10000.');
}

function commandOf(way: 'push' | 'pull', says: string, side: string, examples: readonly string[]): Command {
  return silt(way, says, examples)
    .requiredOption(`--${side} <url>`, 'the address of the server')
    .option('--path <folder>', 'the folder of the database', process.env['SILT_PATH'] ?? './silt-data')
    .option('--collection <name...>', 'these collections; without it, all')
    .option('--api-key <key>', 'of the server (env: SILT_REMOTE_API_KEY)', process.env['SILT_REMOTE_API_KEY'])
    .option('--batch <points>', 'points of a request at most; fewer where they are large', numberOf, 1_000)
    .option('--overwrite', 'replaces collections that are there')
    .action((args: Arguments & Readonly<Record<string, string>>) => copy(args, args[side]!, way));
}

export const pushCommand = (): Command =>
  commandOf('push', 'Copies collections of a folder to a Qdrant server. Resumes an interrupted copy.', 'to', [
    'silt push --path ./data --to http://127.0.0.1:6333',
    'silt push --path ./data --to https://qdrant.example.org --collection words --json',
  ]);
export const pullCommand = (): Command =>
  commandOf(
    'pull',
    'Copies collections of a Qdrant server into a folder. Resumes an interrupted copy.',
    'from',
    [
      'silt pull --from http://127.0.0.1:6333 --path ./data',
      'silt pull --from http://127.0.0.1:6333 --path ./data --collection words --overwrite',
    ],
  );
