/* A query as it is worked with: checked, complete, and nobody else's. parse.ts makes it from what a caller wrote. */
import type { DenseSpec, MultiSpec, SparseSpec, TextSpec } from '../../../fields/field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import type { Path } from '../../../filter/path.js';
import type { LiveField } from '../../live-field.js';
import type { Aim } from '../aim.js';
import type { CheckedFilter } from '../filters.js';
import type { Projection } from '../projection.js';
import type { HighlightParams } from '../request.js';
import type { Take } from '../take.js';
import type { CheckedText } from '../text.js';
import type { Vectors } from '../vectors.js';
import type { Expression } from './expression.js';

/** What a point has in a field, and is compared with: a dense vector, several, or a sparse one. */
export type Value = Float32Array | readonly Float32Array[] | SparseValue;

/** A value, or the key of the id of the point whose value it is. `place`: where it stands. */
export type Example =
  | { readonly value: Value; readonly key?: undefined; readonly place: string }
  | { readonly key: Uint8Array; readonly value?: undefined; readonly place: string };

export interface Pair {
  readonly positive: Example;
  readonly negative: Example;
}

export interface Mmr {
  readonly diversity: number;
  readonly candidates: number;
}

export type Strategy = 'best_score' | 'sum_scores';

/** What is compared with the values of a field. */
export type Comparison =
  | { readonly kind: 'nearest'; readonly to: Example; readonly mmr: Mmr | undefined }
  /** The point at twice the mean of the positive less the mean of the negative. */
  | { readonly kind: 'average'; readonly positive: readonly Example[]; readonly negative: readonly Example[] }
  | {
      readonly kind: 'recommend';
      readonly positive: readonly Example[];
      readonly negative: readonly Example[];
      readonly strategy: Strategy;
    }
  | { readonly kind: 'discover'; readonly target: Example; readonly pairs: readonly Pair[] }
  | { readonly kind: 'context'; readonly pairs: readonly Pair[] }
  /** A sum: each example has a weight, the target has the first. */
  | {
      readonly kind: 'feedback';
      readonly target: Example;
      readonly examples: readonly Example[];
      readonly weights: readonly number[];
    };

/** The field that a step compares in: all values of one step are of its kind. One with a graph is there itself. */
export type Compared =
  | { readonly spec: DenseSpec; readonly field: LiveField }
  | { readonly spec: SparseSpec | MultiSpec; readonly field?: undefined };

/** What is asked of a step. */
export type Ask =
  | (Comparison & Compared)
  | {
      readonly kind: 'text';
      readonly spec: TextSpec;
      readonly query: CheckedText;
      readonly highlight: HighlightParams | undefined;
    }
  | {
      readonly kind: 'orderBy';
      readonly path: Path;
      readonly descending: boolean;
      readonly from: number | undefined;
    }
  | { readonly kind: 'sample'; readonly seed: number | undefined }
  /** In the order of ids. */
  | { readonly kind: 'ids' }
  | {
      readonly kind: 'fusion';
      readonly by: 'rrf' | 'dbsf' | 'weighted';
      readonly k: number;
      readonly weights: readonly number[];
    }
  | {
      readonly kind: 'formula';
      readonly expression: Expression;
      readonly defaults: ReadonlyMap<string, unknown>;
    };

export type AskOf<K extends Ask['kind']> = Extract<Ask, { readonly kind: K }>;

/** One step of the tree. */
export interface Step {
  /** Where it stands: '' for the whole, `prefetch[1]` for one below. */
  readonly place: string;
  readonly ask: Ask;
  readonly prefetch: readonly Step[];
  /** What it admits, and all steps above it. */
  readonly filter: CheckedFilter | undefined;
  readonly k: number;
  readonly offset: number;
  readonly scoreThreshold: number | undefined;
  /** How far it searches; none where it compares all. */
  readonly aim: Aim | undefined;
  /** Whether it leaves out points that wait to be indexed; not where steps below found what it compares. */
  readonly indexedOnly: boolean;
}

export interface CheckedQuery {
  readonly root: Step;
  readonly minSeq: number;
  readonly withPayload: boolean | Projection;
  readonly withVector: Vectors;
  readonly withSeq: boolean | undefined;
  readonly take: Take | undefined;
  readonly signal: AbortSignal | undefined;
}

/** How many points a step has to find, for those that it gives. */
export function wanted({ k, offset }: Step): number {
  return k + offset;
}
