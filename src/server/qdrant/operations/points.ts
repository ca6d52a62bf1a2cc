/* Points: written, changed, deleted. */
import type { Collection } from '../../../api/collection.js';
import type { Operation as SiltOperation, WriteOptions, WriteReceipt } from '../../../api/writing.js';
import type { PointId } from '../../../base/ids.js';
import type {
  DeletePayload,
  DeleteVectors,
  PointInsertOperations,
  PointsSelector,
  SetPayload,
  UpdateOperation,
  UpdateOperations,
  UpdateVectors,
} from '../api/points.js';
import type { UpdateResult, WriteParams } from '../api/values.js';
import { notFound } from '../errors.js';
import type { AnyOperation, Method, Operation } from '../operation.js';
import { withOptional } from '../optional.js';
import {
  DELETE_PAYLOAD,
  DELETE_VECTORS,
  INSERT,
  OPERATIONS,
  SELECTOR,
  SET_PAYLOAD,
  UPDATE_VECTORS,
} from '../schema/points.js';
import type { Schema } from '../schema/schema.js';
import { WRITE_PARAMS } from '../schema/values.js';
import type { Service } from '../service.js';
import { NeedsOptional } from '../vectors.js';
import type { CollectionView } from '../view.js';
import { updateOut, writingIn } from '../writes.js';
import { operationIn } from '../writing.js';

/** One operation by its own call, which has wider limits than a batch of one. */
function apply(collection: Collection, operation: SiltOperation, o: WriteOptions): Promise<WriteReceipt> {
  if ('upsert' in operation) {
    const { upsert, mode, condition } = operation;
    return collection.upsert(upsert, { ...o, ...(mode && { mode }), ...(condition && { condition }) });
  }
  if ('delete' in operation) return collection.delete(operation.delete, o);
  if ('overwritePayload' in operation)
    return collection.overwritePayload(operation.overwritePayload, operation.payload, o);
  if ('deletePayload' in operation)
    return collection.deletePayload(operation.deletePayload, operation.paths, o);
  if ('clearPayload' in operation) return collection.clearPayload(operation.clearPayload, o);
  if ('updateVectors' in operation) {
    const { updateVectors, condition } = operation;
    return collection.updateVectors(updateVectors, { ...o, ...(condition && { condition }) });
  }
  if ('deleteVectors' in operation)
    return collection.deleteVectors(operation.deleteVectors, operation.fields, o);
  const { path } = operation;
  return path === undefined
    ? collection.setPayload(operation.setPayload, operation.payload, o)
    : collection.setPayload(operation.setPayload, operation.payload, { ...o, path });
}

/**
 * Where payloads of points were to be changed that are not there: the others were, and it is said, as with Qdrant.
 *
 * @throws QdrantError 404
 */
async function checkFound(
  collection: Collection,
  operation: SiltOperation,
  { updated }: WriteReceipt,
): Promise<void> {
  const named =
    ('setPayload' in operation && operation.setPayload) ||
    ('overwritePayload' in operation && operation.overwritePayload) ||
    ('deletePayload' in operation && operation.deletePayload) ||
    ('clearPayload' in operation && operation.clearPayload);
  if (!Array.isArray(named) || updated === named.length) return;
  for (const id of named as readonly PointId[])
    if (!(await collection.has(id))) throw notFound(`No point with id ${id} found`);
}

/**
 * Reads operations and begins to write them, both in the turn of the call: what the caller changes afterwards has no effect. Where a
 * point comes without a vector that Silt demands, it is done after the collection got a field beside it.
 */
function written<T, R>(
  service: Service,
  name: string,
  read: (view: CollectionView) => T,
  write: (collection: Collection, operations: T) => Promise<R>,
): Promise<R> {
  const view = service.view(name);
  let operations: T;
  try {
    operations = read(view);
  } catch (error) {
    if (!(error instanceof NeedsOptional)) throw error;
    return withOptional(service, view).then((after) => write(after.collection, read(after)));
  }
  return write(view.collection, operations);
}

interface Described<B> {
  readonly name: string;
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  readonly body: Schema<B>;
}

/** An operation that is one of those that a batch takes. */
function writing<B>(
  { name, method, path, summary, body }: Described<B>,
  as: (body: B) => UpdateOperation,
): Operation<WriteParams, B, UpdateResult> {
  return {
    name,
    method,
    path: `/collections/{collection_name}/points${path}`,
    summary,
    writes: true,
    query: WRITE_PARAMS,
    body,
    handle: (service, { path, query, body }) =>
      written(
        service,
        path['collection_name']!,
        (view) => operationIn(view, as(body)),
        async (collection, operation) => {
          const receipt = await apply(collection, operation, writingIn(query));
          await checkFound(collection, operation, receipt);
          return updateOut(query, receipt);
        },
      ),
  };
}

export const upsertPoints: Operation<WriteParams, PointInsertOperations, UpdateResult> = writing(
  { name: 'upsert_points', method: 'PUT', path: '', summary: 'Writes points', body: INSERT },
  (upsert) => ({ upsert }),
);

export const deletePoints: Operation<WriteParams, PointsSelector, UpdateResult> = writing(
  {
    name: 'delete_points',
    method: 'POST',
    path: '/delete',
    summary: 'Deletes points, by ids or by a filter',
    body: SELECTOR,
  },
  (selector) => ({ delete: selector }),
);

export const updateVectors: Operation<WriteParams, UpdateVectors, UpdateResult> = writing(
  {
    name: 'update_vectors',
    method: 'PUT',
    path: '/vectors',
    summary: 'Changes vectors of points',
    body: UPDATE_VECTORS,
  },
  (update_vectors) => ({ update_vectors }),
);

export const deleteVectors: Operation<WriteParams, DeleteVectors, UpdateResult> = writing(
  {
    name: 'delete_vectors',
    method: 'POST',
    path: '/vectors/delete',
    summary: 'Deletes vectors of points',
    body: DELETE_VECTORS,
  },
  (delete_vectors) => ({ delete_vectors }),
);

export const setPayload: Operation<WriteParams, SetPayload, UpdateResult> = writing(
  {
    name: 'set_payload',
    method: 'POST',
    path: '/payload',
    summary: 'Sets members of payloads; the others stay',
    body: SET_PAYLOAD,
  },
  (set_payload) => ({ set_payload }),
);

export const overwritePayload: Operation<WriteParams, SetPayload, UpdateResult> = writing(
  {
    name: 'overwrite_payload',
    method: 'PUT',
    path: '/payload',
    summary: 'Replaces payloads',
    body: SET_PAYLOAD,
  },
  (overwrite_payload) => ({ overwrite_payload }),
);

export const deletePayload: Operation<WriteParams, DeletePayload, UpdateResult> = writing(
  {
    name: 'delete_payload',
    method: 'POST',
    path: '/payload/delete',
    summary: 'Deletes members of payloads',
    body: DELETE_PAYLOAD,
  },
  (delete_payload) => ({ delete_payload }),
);

export const clearPayload: Operation<WriteParams, PointsSelector, UpdateResult> = writing(
  {
    name: 'clear_payload',
    method: 'POST',
    path: '/payload/clear',
    summary: 'Deletes payloads',
    body: SELECTOR,
  },
  (clear_payload) => ({ clear_payload }),
);

export const batchUpdate: Operation<WriteParams, UpdateOperations, UpdateResult[]> = {
  name: 'batch_update',
  method: 'POST',
  path: '/collections/{collection_name}/points/batch',
  summary: 'Several operations in one commit, in order: all of them or none',
  writes: true,
  query: WRITE_PARAMS,
  body: OPERATIONS,
  handle: (service, { path, query, body }) =>
    written(
      service,
      path['collection_name']!,
      (view) => body.operations.map((operation) => operationIn(view, operation)),
      async (collection, operations) => {
        if (operations.length === 0) return [];
        const receipt = await collection.batch(operations, writingIn(query));
        return operations.map(() => updateOut(query, receipt));
      },
    ),
};

export const POINT_OPERATIONS: readonly AnyOperation[] = [
  upsertPoints,
  deletePoints,
  updateVectors,
  deleteVectors,
  setPayload,
  overwritePayload,
  deletePayload,
  clearPayload,
  batchUpdate,
];
