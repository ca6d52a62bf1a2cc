/* Adds named vectors to a collection, and removes them. */
import type { CreateCollection, VectorNameConfig } from '../api/collections.js';
import type { UpdateResult, WriteParams } from '../api/values.js';
import { checkVectorName, fieldIn } from '../configs.js';
import { conflict } from '../errors.js';
import type { AnyOperation, Operation } from '../operation.js';
import { VECTOR_NAME } from '../schema/collections.js';
import { WRITE_PARAMS } from '../schema/values.js';
import { isUnnamed } from '../view.js';
import { updateOut } from '../writes.js';
import { settingsChange } from './collections.js';

/** The parameters of a collection with those of one vector changed. */
function withVector(given: CreateCollection, name: string, config: VectorNameConfig): CreateCollection {
  const { vectors, sparse_vectors } = given;
  if ('dense' in config)
    return {
      ...given,
      vectors: { ...(isUnnamed(vectors) ? { '': vectors } : vectors), [name]: config.dense },
    };
  const { modifier, datatype } = config.sparse;
  const sparse = { ...(modifier && { modifier }), ...(datatype && { index: { datatype } }) };
  return { ...given, sparse_vectors: { ...sparse_vectors, [name]: sparse } };
}

export const createVectorName: Operation<WriteParams, VectorNameConfig, UpdateResult> = {
  name: 'create_vector_name',
  method: 'PUT',
  path: '/collections/{collection_name}/vectors/{vector_name}',
  summary: 'Gives a collection another vector: points that are there have none',
  writes: true,
  query: WRITE_PARAMS,
  body: VECTOR_NAME,
  async handle(service, { path, query, body }) {
    const name = path['vector_name']!;
    const { collection } = service.view(path['collection_name']!);
    checkVectorName(name);
    await service.settings.exclusive(async (commit) => {
      const view = service.view(collection.name);
      if (view.vectors.has(name)) throw conflict(`Vector \`${name}\` already exists!`);
      // First, so that a vector never lacks its parameters. Those of one that is not there are not told.
      await commit([settingsChange(view, { given: withVector(view.given, name, body) })]);
      await collection.createField(name, fieldIn(body, view.given.hnsw_config));
    });
    return updateOut(query, collection.info());
  },
};

export const deleteVectorName: Operation<WriteParams, unknown, UpdateResult> = {
  name: 'delete_vector_name',
  method: 'DELETE',
  path: '/collections/{collection_name}/vectors/{vector_name}',
  summary: 'Takes a vector from a collection and from all its points',
  writes: true,
  query: WRITE_PARAMS,
  async handle(service, { path, query }) {
    const name = path['vector_name']!;
    const before = service.view(path['collection_name']!);
    const { collection } = before;
    await collection.dropField(before.vector(name).field);
    await service.settings.change(() => {
      const view = service.view(collection.name);
      return [settingsChange(view, { given: view.given })];
    });
    return updateOut(query, collection.info());
  },
};

export const FIELD_OPERATIONS: readonly AnyOperation[] = [createVectorName, deleteVectorName];
