/* Snapshots. */
import type { SnapshotDescription, SnapshotRecover } from '../api/service.js';
import { unsupported } from '../errors.js';
import type { AnyOperation, Method, Operation } from '../operation.js';
import { RECOVER } from '../schema/collections.js';
import { WAIT, type Wait } from '../schema/values.js';

const refuse = (): never => {
  throw unsupported('snapshots. `backup` of the database copies it');
};

const OF_COLLECTION = '/collections/{collection_name}/snapshots';

export const listSnapshots: Operation<unknown, unknown, SnapshotDescription[]> = {
  name: 'list_snapshots',
  method: 'GET',
  path: OF_COLLECTION,
  summary: 'Lists the snapshots of a collection: there are none',
  writes: false,
  handle(service, { path }) {
    service.view(path['collection_name']!);
    return [];
  },
};

export const createSnapshot: Operation<Wait, unknown, SnapshotDescription> = {
  name: 'create_snapshot',
  method: 'POST',
  path: OF_COLLECTION,
  summary: 'Makes a snapshot of a collection',
  writes: true,
  query: WAIT,
  handle: refuse,
};

export const deleteSnapshot: Operation<Wait, unknown, boolean> = {
  name: 'delete_snapshot',
  method: 'DELETE',
  path: `${OF_COLLECTION}/{snapshot_name}`,
  summary: 'Deletes a snapshot',
  writes: true,
  query: WAIT,
  handle: refuse,
};

export const recoverSnapshot: Operation<Wait, SnapshotRecover, boolean> = {
  name: 'recover_from_snapshot',
  method: 'PUT',
  path: `${OF_COLLECTION}/recover`,
  summary: 'Puts a snapshot in the place of a collection',
  writes: true,
  query: WAIT,
  body: RECOVER,
  handle: refuse,
};

export const listFullSnapshots: Operation<unknown, unknown, SnapshotDescription[]> = {
  name: 'list_full_snapshots',
  method: 'GET',
  path: '/snapshots',
  summary: 'Lists the snapshots of all collections: there are none',
  writes: false,
  handle: () => [],
};

export const createFullSnapshot: Operation<Wait, unknown, SnapshotDescription> = {
  name: 'create_full_snapshot',
  method: 'POST',
  path: '/snapshots',
  summary: 'Makes a snapshot of all collections',
  writes: true,
  query: WAIT,
  handle: refuse,
};

export const deleteFullSnapshot: Operation<Wait, unknown, boolean> = {
  name: 'delete_full_snapshot',
  method: 'DELETE',
  path: '/snapshots/{snapshot_name}',
  summary: 'Deletes a snapshot of all collections',
  writes: true,
  query: WAIT,
  handle: refuse,
};

/** Of files, which only HTTP has. */
const ofFile = (
  name: string,
  method: Method,
  path: string,
  summary: string,
): Operation<unknown, unknown, never> => ({ name, method, path, summary, writes: true, handle: refuse });

export const SNAPSHOT_OPERATIONS: readonly AnyOperation[] = [
  listSnapshots,
  createSnapshot,
  deleteSnapshot,
  recoverSnapshot,
  listFullSnapshots,
  createFullSnapshot,
  deleteFullSnapshot,
  ofFile('get_snapshot', 'GET', `${OF_COLLECTION}/{snapshot_name}`, 'Downloads a snapshot'),
  ofFile('get_full_snapshot', 'GET', '/snapshots/{snapshot_name}', 'Downloads a snapshot of all collections'),
  ofFile(
    'recover_from_uploaded_snapshot',
    'POST',
    `${OF_COLLECTION}/upload`,
    'Puts a snapshot that is uploaded in the place of a collection',
  ),
];
