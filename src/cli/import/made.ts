/* What a missing collection is made like: as is said, as its file says, or by the first vectors. */
import type { CollectionConfig, DenseConfig, ResolvedConfig } from '../../api/config.js';
import type { Metric } from '../../api/metric.js';
import { isRecord } from '../../base/checks.js';
import { type Description, withoutVectors } from '../formats/description.js';
import { describedBy } from '../formats/read.js';
import type { Format } from '../formats/records.js';
import { CommandError } from '../frame/exits.js';
import type { Place } from '../served/asked.js';
import { isList, type Mapping, vectorIn } from './mapping.js';

type Columns = Readonly<Record<string, unknown>>;

export interface MadeOptions {
  /** Of a new collection. */
  readonly config?: Description;
  readonly metric?: Metric;
}

/** A file, and how it is read. */
export interface Source<O = MadeOptions> {
  readonly name: string;
  readonly file: string;
  readonly format: Format;
  readonly mapping: Mapping;
  /** Columns of the first rows, each with the first value that it has. */
  readonly sample: Columns;
  readonly o: O;
}

/** A field for a vector, or for a list of such; undefined for anything else. */
function denseFor(value: unknown, metric: Metric): DenseConfig | undefined {
  if (isList(value)) return { dimension: (value as number[]).length, metric };
  if (!Array.isArray(value) || value.length === 0 || !value.every(isList)) return undefined;
  return { dimension: (value[0] as number[]).length, metric, multi: true };
}

/** By the first vector, or by the first of each name. */
function configOf({ vector }: Mapping, sample: Columns, metric: Metric): CollectionConfig {
  const first = vector === null ? undefined : vectorIn(sample[vector]);
  if (first === undefined) return {};
  if (Array.isArray(first)) return { dimension: first.length, metric };
  const vectors: Record<string, DenseConfig> = Object.create(null);
  const sparse: Record<string, object> = Object.create(null);
  for (const [field, value] of Object.entries(first)) {
    const dense = denseFor(value, metric);
    if (dense) vectors[field] = dense;
    else if (isRecord(value) && 'indices' in value) sparse[field] = {};
    else
      throw new CommandError(
        'USAGE',
        `"${field}" of the column "${vector}" is neither a vector nor a sparse one: make the collection first, with its fields`,
      );
  }
  const { '': unnamed, ...named } = vectors;
  return { ...unnamed, vectors: named, sparse: { ...sparse } };
}

export async function madeLike({ file, format, mapping, sample, o }: Source): Promise<Description> {
  const { config, metric } = o;
  // A metric that is said is that of the first vectors.
  const said = config ?? (metric === undefined ? await describedBy(file, format) : undefined);
  if (said === undefined)
    return { config: configOf(mapping, sample, metric ?? 'cosine'), payloadIndexes: [] };
  return mapping.vector === null ? withoutVectors(said) : said;
}

export async function make(place: Place, source: Source): Promise<void> {
  const { config, payloadIndexes } = await madeLike(source);
  await place.create(source.name, config);
  const collection = await place.collection(source.name);
  for (const { path, kind } of payloadIndexes) await collection.createPayloadIndex(path, kind);
}

/** @throws CommandError where a collection that is there has another one than is asked for */
export function expectMetric(
  { dimension, metric }: ResolvedConfig,
  asked: Metric | undefined,
  name: string,
): void {
  if (asked !== undefined && dimension > 0 && metric !== asked)
    throw new CommandError(
      'USAGE',
      `the collection "${name}" has the metric ${metric}: leave --metric out, or import into another one`,
    );
}
