/*
 * What requests and answers are made of. Names and members are Qdrant's, so that its documentation applies. A member that may
 * be left out may be null as well.
 */

/** An integer from 0 to 2^64 - 1, or a UUID. Integers above 2^53 - 1 are bigints at run time, as with Qdrant's own client. */
export type ExtendedPointId = number | string;

export type Payload = { [key: string]: unknown };

export type ShardKey = string | number;
export type ShardKeySelector = ShardKey | ShardKey[] | { target: ShardKey; fallback: ShardKey };

/** `indices` none twice. */
export interface SparseVector {
  indices: number[];
  values: number[];
}

/** Texts and images that a model makes a vector of: answered with 501. */
export type Inference =
  | { text: string; model: string; options?: Payload | null }
  | { image: unknown; model: string; options?: Payload | null }
  | { object: unknown; model: string; options?: Payload | null };

export type Vector = number[] | SparseVector | number[][] | Inference;

/** The unnamed vector, or vectors by name. `{}` for a point without. */
export type VectorStruct = number[] | number[][] | { [name: string]: Vector | undefined } | Inference;

export type VectorOutput = number[] | SparseVector | number[][];
export type VectorStructOutput = number[] | number[][] | { [name: string]: VectorOutput | undefined };

export type WithPayloadInterface = boolean | string[] | { include: string[] } | { exclude: string[] };
export type WithVector = boolean | string[];

export interface PointRecord {
  id: ExtendedPointId;
  payload?: Payload | null;
  vector?: VectorStructOutput | null;
  /** With `order_by`: the value that the point is here for; times in microseconds since 1970. */
  order_value?: number | null;
}

export interface ScoredPoint extends PointRecord {
  /** 0: Silt keeps no version of a point. */
  version: number;
  score: number;
}

export interface UpdateResult {
  operation_id?: number | null;
  /** `acknowledged` without `wait`: written, and it survives the end of the process. `completed`: flushed to the disk. */
  status: 'acknowledged' | 'completed' | 'wait_timeout';
}

/** Of calls that write. */
export interface WriteParams {
  wait?: boolean;
  ordering?: 'weak' | 'medium' | 'strong';
  /** Not looked at: a write that has begun is done, and answered then. */
  timeout?: number;
}

/** Of calls that read. */
export interface ReadParams {
  consistency?: number | 'majority' | 'quorum' | 'all';
  /** Seconds that the answer may take, 1 or more; then it is 408. */
  timeout?: number;
}
