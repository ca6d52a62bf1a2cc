/* Vectors that a collection gains and loses. */
import type { VectorNameConfig } from '../api/collections.js';
import type { UpdateResult, WriteParams } from '../api/values.js';
import { unsupported } from '../errors.js';
import type { AnyOperation, Operation } from '../operation.js';
import { VECTOR_NAME } from '../schema/collections.js';
import { WRITE_PARAMS } from '../schema/values.js';

export const createVectorName: Operation<WriteParams, VectorNameConfig, UpdateResult> = {
  name: 'create_vector_name',
  method: 'PUT',
  path: '/collections/{collection_name}/vectors/{vector_name}',
  summary: 'Gives a collection another vector',
  writes: true,
  query: WRITE_PARAMS,
  body: VECTOR_NAME,
  handle() {
    throw unsupported('adding a vector to a collection. Create another collection');
  },
};

export const deleteVectorName: Operation<WriteParams, unknown, UpdateResult> = {
  name: 'delete_vector_name',
  method: 'DELETE',
  path: '/collections/{collection_name}/vectors/{vector_name}',
  summary: 'Takes a vector from a collection',
  writes: true,
  query: WRITE_PARAMS,
  handle() {
    throw unsupported('taking a vector from a collection. Create another collection');
  },
};

export const FIELD_OPERATIONS: readonly AnyOperation[] = [createVectorName, deleteVectorName];
