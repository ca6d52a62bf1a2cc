/*
 * The fields of a collection: what its points have besides ids and payloads, as the configuration says. A field has a number,
 * which is given once in the life of a collection and names it in entries and rows, where names would take room. Number 0 is
 * that of the unnamed field, which `dimension` and `metric` of the configuration describe.
 */
import type { ResolvedConfig, ResolvedDense } from '../api/config.js';
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import type { Metric } from '../kernel/metrics.js';

interface Named {
  readonly number: number;
  /** '' for the unnamed field. */
  readonly name: string;
}

/** Vectors of one length, with a graph. */
export interface DenseSpec extends Named, ResolvedDense {
  readonly kind: 'dense';
  readonly metric: Metric;
}

/** Several vectors for each point, compared all with all. */
export interface MultiSpec extends Named, Pick<ResolvedDense, 'dimension' | 'metric'> {
  readonly kind: 'multi';
}

export interface SparseSpec extends Named {
  readonly kind: 'sparse';
  readonly modifier: 'none' | 'idf';
}

/** Of strings in payloads: it has no values of its own. */
export interface TextSpec extends Named {
  readonly kind: 'text';
  readonly path: string;
  readonly language: string;
  readonly k1: number;
  readonly b: number;
  readonly positions: boolean;
}

/** A field whose values are written with the point. */
export type ValueSpec = DenseSpec | MultiSpec | SparseSpec;
export type FieldSpec = ValueSpec | TextSpec;

/** The numbers of named fields. */
export type FieldNumbers = Readonly<Record<string, number>>;

/** Numbers for the named fields of a new collection. */
export function numbersFor(config: ResolvedConfig): Record<string, number> {
  return Object.fromEntries(namesIn(config).map((name, i) => [name, i + 1]));
}

function namesIn({ vectors, sparse = {}, text = {} }: ResolvedConfig): string[] {
  const dense = typeof vectors === 'string' ? [] : Object.keys(vectors);
  return [...dense, ...Object.keys(sparse), ...Object.keys(text)];
}

/** The fields of a collection, in the order of their numbers. */
export function fieldsOf(config: ResolvedConfig, numbers: FieldNumbers = numbersFor(config)): FieldSpec[] {
  const { dimension, metric, storage, hnsw, vectors, sparse = {}, text = {} } = config;
  const specs: FieldSpec[] = [];
  if (dimension > 0)
    specs.push({ kind: 'dense', number: 0, name: '', dimension, metric, storage, hnsw, multi: false });
  for (const [name, one] of Object.entries(typeof vectors === 'string' ? {} : vectors))
    specs.push({ ...one, kind: one.multi ? 'multi' : 'dense', number: numbers[name]!, name } as FieldSpec);
  for (const [name, one] of Object.entries(sparse))
    specs.push({ ...one, kind: 'sparse', number: numbers[name]!, name });
  for (const [name, one] of Object.entries(text))
    specs.push({ ...one, kind: 'text', number: numbers[name]!, name });
  return specs.sort((a, b) => a.number - b.number);
}

/**
 * Whether the unnamed field is the only one: then each point has one vector, which goes the short way, without names and
 * without bytes of its own.
 */
export function isPlain(fields: readonly FieldSpec[]): boolean {
  return fields.length === 1 && fields[0]!.number === 0;
}

/** Why a call cannot go on whose field was dropped after it was made. */
export function fieldDropped({ name }: Pick<FieldSpec, 'name'>): ValidationError {
  return new ValidationError('INVALID_OPTION', `the field ${show(name)} was dropped meanwhile`);
}

/** Those whose values are written with the point. */
export function valueSpecs(fields: readonly FieldSpec[]): ValueSpec[] {
  return fields.filter((field) => field.kind !== 'text');
}
