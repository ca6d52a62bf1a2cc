/* What requests on points must look like. */
import type {
  CountRequest,
  DeletePayload,
  DeleteVectors,
  OrderByInterface,
  PointInsertOperations,
  PointRequest,
  PointStruct,
  PointsSelector,
  ScrollRequest,
  SetPayload,
  UpdateOperation,
  UpdateOperations,
  UpdateVectors,
} from '../api/points.js';
import { type Schema, schemaOf, type TUnsafe, Type } from './schema.js';
import {
  filter,
  maybe,
  payload,
  pointId,
  shardKey,
  unsigned,
  vectorStruct,
  vectorsOfBatch,
  withPayload,
  withVector,
} from './values.js';

const ids = Type.Array(pointId);
const shard_key = maybe(shardKey);
const selecting = { points: maybe(ids), filter: maybe(filter), shard_key };
const conditional = {
  shard_key,
  update_filter: maybe(filter),
  update_mode: maybe(
    Type.Union([Type.Literal('upsert'), Type.Literal('insert_only'), Type.Literal('update_only')]),
  ),
};

const point = Type.Object({ id: pointId, vector: vectorStruct, payload: maybe(payload) });
const insert = Type.Unsafe<PointInsertOperations>(
  Type.Union([
    Type.Object({
      points: Type.Array(point),
      ...conditional,
    }),
    Type.Object({
      batch: Type.Object({
        ids,
        vectors: vectorsOfBatch,
        payloads: maybe(Type.Array(Type.Union([payload, Type.Null()]))),
      }),
      ...conditional,
    }),
  ]),
);
const selector = Type.Unsafe<PointsSelector>(
  Type.Union([Type.Object({ points: ids, shard_key }), Type.Object({ filter, shard_key })]),
);
const setPayload = Type.Object({ payload, key: maybe(Type.String()), ...selecting });
const deletePayload = Type.Object({ keys: Type.Array(Type.String()), ...selecting });
const updateVectors = Type.Object({
  points: Type.Array(Type.Object({ id: pointId, vector: vectorStruct })),
  update_filter: maybe(filter),
  shard_key,
});
const deleteVectors = Type.Object({ vector: Type.Array(Type.String(), { minItems: 1 }), ...selecting });

export const POINT: Schema<PointStruct> = schemaOf<PointStruct>()(point);
export const INSERT: Schema<PointInsertOperations> = schemaOf<PointInsertOperations>()(insert);
export const SELECTOR: Schema<PointsSelector> = schemaOf<PointsSelector>()(selector);
export const SET_PAYLOAD: Schema<SetPayload> = schemaOf<SetPayload>()(setPayload);
export const DELETE_PAYLOAD: Schema<DeletePayload> = schemaOf<DeletePayload>()(deletePayload);
export const UPDATE_VECTORS: Schema<UpdateVectors> = schemaOf<UpdateVectors>()(updateVectors);
export const DELETE_VECTORS: Schema<DeleteVectors> = schemaOf<DeleteVectors>()(deleteVectors);

const operation: TUnsafe<UpdateOperation> = Type.Unsafe<UpdateOperation>(
  Type.Union([
    Type.Object({ upsert: insert }),
    Type.Object({ delete: selector }),
    Type.Object({ set_payload: setPayload }),
    Type.Object({ overwrite_payload: setPayload }),
    Type.Object({ delete_payload: deletePayload }),
    Type.Object({ clear_payload: selector }),
    Type.Object({ update_vectors: updateVectors }),
    Type.Object({ delete_vectors: deleteVectors }),
  ]),
);

export const OPERATIONS: Schema<UpdateOperations> = schemaOf<UpdateOperations>()(
  Type.Object({ operations: Type.Array(operation) }),
);

export const POINTS: Schema<PointRequest> = schemaOf<PointRequest>()(
  Type.Object({
    ids,
    with_payload: maybe(withPayload),
    with_vector: Type.Optional(withVector),
    shard_key,
  }),
);

export const orderBy: TUnsafe<OrderByInterface> = Type.Unsafe<OrderByInterface>(
  Type.Union([
    Type.String(),
    Type.Object({
      key: Type.String(),
      direction: maybe(Type.Union([Type.Literal('asc'), Type.Literal('desc')])),
      start_from: maybe(Type.Union([Type.Number(), Type.String()])),
    }),
  ]),
);

export const SCROLL: Schema<ScrollRequest> = schemaOf<ScrollRequest>()(
  Type.Object({
    offset: maybe(pointId),
    limit: maybe(unsigned(1)),
    filter: maybe(filter),
    with_payload: maybe(withPayload),
    with_vector: Type.Optional(withVector),
    order_by: maybe(orderBy),
    shard_key,
  }),
);

export const COUNT: Schema<CountRequest> = schemaOf<CountRequest>()(
  Type.Object({ filter: maybe(filter), exact: Type.Optional(Type.Boolean()), shard_key }),
);
