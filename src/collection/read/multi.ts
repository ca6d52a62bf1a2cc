/*
 * Searches of fields with several vectors for each point (MaxSim): for each vector of the query the best score among those of the
 * point, added up. A search is a query of one step, which compares all live points that match (query/stored-memo.ts).
 */
import type { Payload, PayloadChoice, VectorChoice } from '../../api/points.js';
import type { SearchOptions } from '../../api/reading.js';
import type { MultiSpec } from '../../fields/field.js';
import { checkMulti } from '../../fields/values.js';
import { METRICS, type Metric } from '../../kernel/metrics.js';
import type { LiveIndex } from '../live-index.js';
import { oneStep } from './query/one-step.js';
import type { CheckedQuery, Example } from './query/tree.js';
import type { Reader } from './reader.js';
import { checkSearch, EXACT_AIM } from './request.js';

type AnySearch = SearchOptions<Payload, PayloadChoice, VectorChoice>;

/** The field with several vectors for each point that a search names. */
export function multiFor({ fields }: LiveIndex, using: unknown): MultiSpec | undefined {
  return fields.find((field): field is MultiSpec => field.kind === 'multi' && field.name === using);
}

/** @throws ValidationError */
export function checkMultiSearch(reader: Reader, spec: MultiSpec, to: Example, o: AnySearch): CheckedQuery {
  const checked = checkSearch(o, {
    searched: () => ({ field: undefined, aims: { for: () => EXACT_AIM } }),
    vectors: (choice) => reader.vectors(choice),
    filter: (given) => reader.filter(given),
  });
  return oneStep(checked, { kind: 'nearest', spec, to, mmr: undefined });
}

/** By which sums become scores: similarities are negated, Euclidean distances squared, others as they are. */
export function summedBy(metric: Metric): Metric {
  if (METRICS[metric].higherIsBetter) return 'dot';
  return metric === 'euclidean' ? metric : 'manhattan';
}

/** A copy of the vectors of a query: several, or one. `name`: what errors call it. @throws ValidationError INVALID_VECTOR */
export function multiQuery(spec: MultiSpec, query: unknown, name?: string): Float32Array[] {
  const many = Array.isArray(query) && typeof query[0] === 'object' ? query : [query];
  const all = checkMulti(spec, many, { name, field: '' });
  return many.map((_, i) => all.slice(i * spec.dimension, (i + 1) * spec.dimension));
}
