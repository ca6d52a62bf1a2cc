/* `silt search` and `silt explain`: nearest points to a vector, to words, to a stored point, or of a whole query. */
import type { Command } from 'commander';
import type { Filter } from '../../api/filter.js';
import type { Hit } from '../../api/points.js';
import type { Explanation, Query } from '../../api/query.js';
import type { QueryLike, SearchOptions, SearchReport } from '../../api/reading.js';
import type { PointId } from '../../base/ids.js';
import { filterArgument, idIn, integerIn, jsonIn, numberIn } from '../frame/arguments.js';
import { silt, withPlace } from '../frame/command.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions, pairs, table } from '../frame/output.js';
import { count, folded, jsonOf, milliseconds } from '../frame/values.js';
import type { Asked as Collection } from '../served/asked.js';
import { asking, type PlaceOptions } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly vector?: unknown;
  readonly text?: string;
  readonly id?: PointId;
  readonly query?: unknown;
  readonly using?: string;
  readonly limit?: number;
  readonly recall?: number;
  readonly ef?: number;
  readonly exact?: boolean;
  readonly filter?: unknown;
  readonly offset?: number;
  readonly scoreThreshold?: number;
  readonly match?: 'any' | 'all' | 'phrase';
  readonly prefix?: boolean;
  readonly fuzzy?: 0 | 1 | 2;
  readonly highlight?: boolean;
  readonly payload: boolean;
  readonly withVector?: boolean;
}

const KINDS = ['vector', 'text', 'id', 'query'] as const;

/** What is asked with `--query`, as `Collection.query` takes it; else what `search` does. */
type Asked = { readonly request: Query } | { readonly query: QueryLike; readonly options: SearchOptions };

/** Goes along with `--query`: all else stands in it. */
const BESIDE_QUERY = new Set(['json', 'query', 'payload', 'withVector', 'apiKey']);

function queryOf({ vector, text, id, match, prefix, fuzzy }: Arguments): QueryLike {
  if (text !== undefined) return { text, match, prefix, fuzzy };
  if (match !== undefined || prefix !== undefined || fuzzy !== undefined)
    throw new CommandError('USAGE', '--match, --prefix and --fuzzy go with --text');
  return id === undefined ? (vector as QueryLike) : { id };
}

/** @throws CommandError unless exactly one thing is asked for */
function askedOf(o: Arguments): Asked {
  const given = KINDS.filter((kind) => o[kind] !== undefined);
  if (given.length !== 1)
    throw new CommandError(
      'USAGE',
      `say what to search for by one of --vector, --text, --id and --query${given.length > 1 ? `, got ${given.length}` : ''}`,
    );
  if (o.query === undefined) {
    const { using, limit: k, recall, ef, exact, offset, scoreThreshold, highlight, withVector } = o;
    const filter = o.filter as Filter | undefined;
    const more = { using, k, recall, ef, exact, offset, scoreThreshold, highlight };
    return { query: queryOf(o), options: { ...more, filter, withVector, withPayload: o.payload } };
  }
  const beside = Object.keys(o).find((name) => !BESIDE_QUERY.has(name));
  if (beside !== undefined)
    throw new CommandError(
      'USAGE',
      `${beside === 'limit' ? '-k' : `--${beside.replace(/[A-Z]/g, (c) => `-${c.toLowerCase()}`)}`} does not go with --query: put it into the query`,
    );
  if (typeof o.query !== 'object' || o.query === null || Array.isArray(o.query))
    throw new CommandError(
      'USAGE',
      '--query is an object, as docs/QUERIES.md says; a vector alone is --vector',
    );
  return { request: { withPayload: o.payload, withVector: o.withVector, ...o.query } as Query };
}

const PAYLOAD_SHOWN = 1_000;

function payloadOf({ payload, highlights, unreadable, ...rest }: Hit): string {
  if (unreadable !== undefined) return `unreadable: ${unreadable}`;
  const { vector } = rest as { vector?: unknown };
  const parts = [
    ...(highlights ?? []),
    ...Object.entries(payload ?? {}).map(([name, value]) => `${name}=${jsonOf(value)}`),
    ...(vector === undefined ? [] : [`vector=${folded(vector)}`]),
  ];
  return parts.join('  ').slice(0, PAYLOAD_SHOWN);
}

function shown(hits: readonly Hit[]): string {
  if (hits.length === 0) return 'nothing found';
  const rows = hits.map((hit) => [jsonOf(hit.id), hit.score.toPrecision(5), payloadOf(hit)]);
  return table(['ID', 'SCORE', 'PAYLOAD'], rows);
}

function search(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  const output = new Output(o);
  const asked = askedOf(o);
  return asking(folder, o, async (place, signal) => {
    const collection = await place.collection(name);
    const hits =
      'request' in asked
        ? await collection.query({ ...asked.request, signal })
        : await collection.search(asked.query, { ...asked.options, signal });
    output.answer(hits, () => shown(hits));
  });
}

type Report = SearchReport | Explanation;

function explained(collection: Collection, asked: Asked): Promise<Report> {
  return 'request' in asked
    ? collection.explain(asked.request)
    : collection.explain(asked.query, asked.options);
}

/** Counts and times that are not 0. */
function measured(report: Report): [string, string][] {
  const counters = 'counters' in report ? report.counters : report.root.counters;
  return [
    ...Object.entries(counters)
      .filter(([, value]) => value > 0)
      .map(([what, value]): [string, string] => [what, count(value)]),
    ...Object.entries(report.ms)
      .filter(([, ms]) => ms > 0)
      .map(([step, ms]): [string, string] => [`time: ${step}`, milliseconds(ms)]),
  ];
}

function explain(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  const output = new Output(o);
  const asked = askedOf(o);
  return asking(folder, o, async (place) => {
    const report = await explained(await place.collection(name), asked);
    output.answer(report, () => [report.plan, pairs(measured(report)), shown(report.hits)].join('\n\n'));
  });
}

function withQuery(command: Command): Command {
  return withPlace(command)
    .option(
      '--vector <json>',
      'like a vector: [0.1, …], or {"indices", "values"}; @file reads a file',
      jsonIn,
    )
    .option('--text <words>', 'by words, in a field of text')
    .option('--id <id>', 'like a stored point, which is left out', idIn)
    .option('--query <json>', 'a whole query, as in docs/QUERIES.md; @file reads a file', jsonIn)
    .option('--using <field>', 'the field that is searched')
    .option('-k, --limit <points>', 'how many (default: 10)', integerIn(1, 100_000))
    .option(
      '--filter <filter>',
      'only points that match: lang=en year>=1990, or JSON; @file reads a file',
      filterArgument,
    )
    .option('--recall <share>', 'the share of the nearest to be found (default: 0.98)', numberIn(0, 1))
    .option('--ef <width>', 'beam width in place of a recall', integerIn(1, 16_384))
    .option('--exact', 'compare all points')
    .option('--offset <points>', 'skip the first ones', integerIn(0, 100_000))
    .option('--score-threshold <score>', 'leave out what is worse', Number)
    .option('--match <how>', 'of --text: any, all or phrase')
    .option('--prefix', 'of --text: the last word is a beginning')
    .option('--fuzzy <letters>', 'of --text: letters that may be wrong', integerIn(0, 2))
    .option('--highlight', 'of --text: show where words were found')
    .option('--no-payload', 'without payloads')
    .option('--with-vector', 'with vectors');
}

export function searchCommand(): Command {
  return withQuery(
    silt('search', 'Finds the nearest points.', [
      'silt search ./data words --id king -k 5',
      "silt search ./data words --vector '[0.1, 0.2, 0.3]'",
      'silt search ./data verses --text "still waters" --match all --highlight',
      `silt search ./data words --vector @query.json --filter '{"must":[{"key":"lang","match":{"value":"en"}}]}'`,
      'silt search http://127.0.0.1:6333 words --id king',
    ]),
  ).action(search);
}

export function explainCommand(): Command {
  return withQuery(
    silt('explain', 'Runs a search and shows how it was answered, with counts and times.', [
      'silt explain ./data words --id king --recall 0.95',
      'silt explain http://127.0.0.1:6333 words --id king --exact',
    ]),
  ).action(explain);
}
