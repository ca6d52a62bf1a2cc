/* Writes on points, from Qdrant's to Silt's: each is an operation of a batch, alone or among others. */
import type { NamedPoint, PointInput } from '../../api/points.js';
import type { PointSelector, Operation as SiltOperation } from '../../api/writing.js';
import type { PointId } from '../../base/ids.js';
import type { Filter } from './api/filter.js';
import type {
  DeletePayload,
  DeleteVectors,
  PointInsertOperations,
  PointStruct,
  PointsBatch,
  PointsSelector,
  SetPayload,
  UpdateOperation,
  UpdateVectors,
} from './api/points.js';
import type { ExtendedPointId, Vector, VectorStruct } from './api/values.js';
import { formatError, QdrantError, wrongInput } from './errors.js';
import { filterIn } from './filter.js';
import { idIn, idsIn } from './ids.js';
import { NeedsOptional, vectorsIn } from './vectors.js';
import type { CollectionView } from './view.js';

const MODES = { upsert: 'upsert', insert_only: 'insert', update_only: 'update' } as const;

/** The points of a batch, which has a list for each part of them. */
function pointsOf({ ids, vectors, payloads }: PointsBatch['batch']): PointStruct[] {
  const same = (name: string, list: readonly unknown[] | null | undefined): void => {
    if (list && list.length !== ids.length)
      throw wrongInput(`number of ids and ${name} must be equal (${ids.length} != ${list.length})`);
  };
  same('payloads', payloads);
  if (Array.isArray(vectors)) same('vectors', vectors);
  else for (const [name, list] of Object.entries(vectors)) same(`vectors of ${name}`, list);
  const vectorAt = (at: number): VectorStruct =>
    Array.isArray(vectors)
      ? (vectors[at] as VectorStruct)
      : Object.fromEntries(Object.entries(vectors).map(([name, list]) => [name, (list as Vector[])[at]]));
  return ids.map((id, at) => ({ id, vector: vectorAt(at), payload: payloads?.[at] ?? null }));
}

/** @throws QdrantError for a point that is invalid */
export function pointIn(view: CollectionView, { id, vector, payload }: PointStruct): PointInput {
  const point: NamedPoint = { id: idIn(id), vector: vectorsIn(view, vector) };
  return payload ? { ...point, payload } : point;
}

/** Of several points with one id the last counts, as with Silt. */
function insertIn(view: CollectionView, body: PointInsertOperations): SiltOperation {
  const points = 'points' in body ? body.points : pointsOf(body.batch);
  const condition = filterIn(view, body.update_filter);
  const mode = MODES[body.update_mode ?? 'upsert'];
  return {
    upsert: points.map((point) => pointIn(view, point)),
    ...(mode !== 'upsert' && { mode }),
    // What inserts alone replaces nothing.
    ...(condition && mode !== 'insert' && { condition }),
  };
}

/** Ids or a filter, of which there must be one. */
function selected(
  view: CollectionView,
  { points, filter }: { points?: ExtendedPointId[] | null; filter?: Filter | null },
): PointSelector {
  if (points) return idsIn(points) as PointId[];
  if (filter) return { filter: filterIn(view, filter)! };
  throw new QdrantError(
    422,
    'Validation error in JSON body: [points: either points or filter must be given]',
  );
}

function setPayloadIn(view: CollectionView, body: SetPayload): SiltOperation {
  // A member that is null deletes it, in both.
  return {
    setPayload: selected(view, body),
    payload: body.payload,
    ...(typeof body.key === 'string' && { path: body.key }),
  } as SiltOperation;
}

function overwriteIn(view: CollectionView, body: SetPayload): SiltOperation {
  // Qdrant overwrites all of it too where a key is given.
  return { overwritePayload: selected(view, body), payload: body.payload };
}

function deletePayloadIn(view: CollectionView, body: DeletePayload): SiltOperation {
  return { deletePayload: selected(view, body), paths: body.keys };
}

function updateVectorsIn(view: CollectionView, { points, update_filter }: UpdateVectors): SiltOperation {
  const condition = filterIn(view, update_filter);
  return {
    updateVectors: points.map(({ id, vector }) => ({ id: idIn(id), vector: vectorsIn(view, vector) })),
    ...(condition && { condition }),
  };
}

function deleteVectorsIn(view: CollectionView, { vector, ...selector }: DeleteVectors): SiltOperation {
  const fields = vector.map((name) => view.vector(name).field);
  if (view.plain) throw new NeedsOptional();
  return { deleteVectors: selected(view, selector), fields };
}

/** @throws QdrantError for an operation that is invalid */
export function operationIn(view: CollectionView, operation: UpdateOperation): SiltOperation {
  if ('upsert' in operation) return insertIn(view, operation.upsert);
  if ('delete' in operation) return { delete: selected(view, operation.delete as PointsSelector) };
  if ('set_payload' in operation) return setPayloadIn(view, operation.set_payload);
  if ('overwrite_payload' in operation) return overwriteIn(view, operation.overwrite_payload);
  if ('delete_payload' in operation) return deletePayloadIn(view, operation.delete_payload);
  if ('clear_payload' in operation) return { clearPayload: selected(view, operation.clear_payload) };
  if ('update_vectors' in operation) return updateVectorsIn(view, operation.update_vectors);
  if ('delete_vectors' in operation) return deleteVectorsIn(view, operation.delete_vectors);
  throw formatError('data did not match any variant of untagged enum UpdateOperation');
}
