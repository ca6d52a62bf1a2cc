/* Points: reading and writing them. */
import type { Filter } from './filter.js';
import type {
  ExtendedPointId,
  Inference,
  Payload,
  PointRecord,
  ShardKeySelector,
  Vector,
  VectorStruct,
  WithPayloadInterface,
  WithVector,
} from './values.js';

interface Sharded {
  /** None is found: there is one shard, which has no key. */
  shard_key?: ShardKeySelector | null;
}

export interface PointStruct {
  id: ExtendedPointId;
  vector: VectorStruct;
  payload?: Payload | null;
}

interface Conditional extends Sharded {
  /** A stored point is replaced only where it matches. */
  update_filter?: Filter | null;
  update_mode?: 'upsert' | 'insert_only' | 'update_only' | null;
}

export interface PointsList extends Conditional {
  points: PointStruct[];
}

export interface PointsBatch extends Conditional {
  batch: {
    ids: ExtendedPointId[];
    vectors:
      | number[][]
      | number[][][]
      | Extract<Inference, { text: string }>[]
      | Extract<Inference, { image: unknown }>[]
      | Extract<Inference, { object: unknown }>[]
      | { [name: string]: Vector[] | undefined };
    payloads?: (Payload | null)[] | null;
  };
}

export type PointInsertOperations = PointsBatch | PointsList;

export interface PointIdsList extends Sharded {
  points: ExtendedPointId[];
}

export interface FilterSelector extends Sharded {
  filter: Filter;
}

export type PointsSelector = PointIdsList | FilterSelector;

interface Selecting extends Sharded {
  points?: ExtendedPointId[] | null;
  filter?: Filter | null;
}

export interface SetPayload extends Selecting {
  payload: Payload;
  /** Where in the payload. */
  key?: string | null;
}

export interface DeletePayload extends Selecting {
  keys: string[];
}

export interface UpdateVectors extends Sharded {
  points: { id: ExtendedPointId; vector: VectorStruct }[];
  update_filter?: Filter | null;
}

export interface DeleteVectors extends Selecting {
  vector: string[];
}

export type UpdateOperation =
  | { upsert: PointInsertOperations }
  | { delete: PointsSelector }
  | { set_payload: SetPayload }
  | { overwrite_payload: SetPayload }
  | { delete_payload: DeletePayload }
  | { clear_payload: PointsSelector }
  | { update_vectors: UpdateVectors }
  | { delete_vectors: DeleteVectors };

export interface UpdateOperations {
  operations: UpdateOperation[];
}

export interface PointRequest extends Sharded {
  ids: ExtendedPointId[];
  with_payload?: WithPayloadInterface | null;
  with_vector?: WithVector;
}

export interface OrderBy {
  key: string;
  direction?: 'asc' | 'desc' | null;
  start_from?: number | string | null;
}

export type OrderByInterface = string | OrderBy;

export interface ScrollRequest extends Sharded {
  /** The id of the first point. */
  offset?: ExtendedPointId | null;
  limit?: number | null;
  filter?: Filter | null;
  with_payload?: WithPayloadInterface | null;
  with_vector?: WithVector;
  order_by?: OrderByInterface | null;
}

export interface ScrollResult {
  points: PointRecord[];
  next_page_offset?: ExtendedPointId | null;
}

export interface CountRequest extends Sharded {
  filter?: Filter | null;
  /** Counts are exact either way. */
  exact?: boolean;
}
