/* Snapshots: of one collection, and of all. */
import type { SnapshotDescription, SnapshotRecover } from '../api/service.js';
import type { AnyOperation, Operation } from '../operation.js';
import { noteOf, recoverFrom } from '../recovery.js';
import { RECOVER, UPLOAD, type UploadParams } from '../schema/snapshots.js';
import { WAIT, type Wait } from '../schema/values.js';
import { checkSum, type Received, type SnapshotFile } from '../snapshots.js';

const OF_COLLECTION = '/collections/{collection_name}/snapshots';

export const listSnapshots: Operation<unknown, unknown, SnapshotDescription[]> = {
  name: 'list_snapshots',
  method: 'GET',
  path: OF_COLLECTION,
  summary: 'Lists the snapshots of a collection',
  writes: false,
  handle: (service, { path }) => service.snapshots.list(service.view(path['collection_name']!).name),
};

export const createSnapshot: Operation<Wait, unknown, SnapshotDescription> = {
  name: 'create_snapshot',
  method: 'POST',
  path: OF_COLLECTION,
  summary: 'Makes a snapshot of a collection, as of one moment',
  writes: true,
  query: WAIT,
  handle(service, { path }) {
    const { name } = service.view(path['collection_name']!);
    return service.snapshots.create(name, noteOf(service, name));
  },
};

export const deleteSnapshot: Operation<Wait, unknown, boolean> = {
  name: 'delete_snapshot',
  method: 'DELETE',
  path: `${OF_COLLECTION}/{snapshot_name}`,
  summary: 'Deletes a snapshot',
  writes: true,
  query: WAIT,
  async handle(service, { path }) {
    const { name } = service.view(path['collection_name']!);
    await service.snapshots.delete(name, path['snapshot_name']!);
    return true;
  },
};

export const recoverSnapshot: Operation<Wait, SnapshotRecover, boolean> = {
  name: 'recover_from_snapshot',
  method: 'PUT',
  path: `${OF_COLLECTION}/recover`,
  summary: 'Puts a snapshot in the place of a collection, or makes one of it',
  writes: true,
  query: WAIT,
  body: RECOVER,
  async handle(service, { path, body }) {
    const name = path['collection_name']!;
    await service.snapshots.at(body.location, body, (file) => recoverFrom(service, name, file));
    return true;
  },
};

export const listFullSnapshots: Operation<unknown, unknown, SnapshotDescription[]> = {
  name: 'list_full_snapshots',
  method: 'GET',
  path: '/snapshots',
  summary: 'Lists the snapshots of all collections',
  writes: false,
  handle: (service) => service.snapshots.list(),
};

export const createFullSnapshot: Operation<Wait, unknown, SnapshotDescription> = {
  name: 'create_full_snapshot',
  method: 'POST',
  path: '/snapshots',
  summary: 'Makes a snapshot of all collections, as of one moment: a tar of a folder that can be served',
  writes: true,
  query: WAIT,
  handle: (service) => service.snapshots.create(undefined),
};

export const deleteFullSnapshot: Operation<Wait, unknown, boolean> = {
  name: 'delete_full_snapshot',
  method: 'DELETE',
  path: '/snapshots/{snapshot_name}',
  summary: 'Deletes a snapshot of all collections',
  writes: true,
  query: WAIT,
  async handle(service, { path }) {
    await service.snapshots.delete(undefined, path['snapshot_name']!);
    return true;
  },
};

const getSnapshot: Operation<unknown, unknown, SnapshotFile> = {
  name: 'get_snapshot',
  method: 'GET',
  path: `${OF_COLLECTION}/{snapshot_name}`,
  summary: 'Downloads a snapshot',
  writes: false,
  form: 'file',
  handle: (service, { path }) =>
    service.snapshots.find(service.view(path['collection_name']!).name, path['snapshot_name']!),
};

const getFullSnapshot: Operation<unknown, unknown, SnapshotFile> = {
  name: 'get_full_snapshot',
  method: 'GET',
  path: '/snapshots/{snapshot_name}',
  summary: 'Downloads a snapshot of all collections',
  writes: false,
  form: 'file',
  handle: (service, { path }) => service.snapshots.find(undefined, path['snapshot_name']!),
};

const recoverUploaded: Operation<UploadParams, Received, boolean> = {
  name: 'recover_from_uploaded_snapshot',
  method: 'POST',
  path: `${OF_COLLECTION}/upload`,
  summary: 'Puts a snapshot that is uploaded in the place of a collection, or makes one of it',
  writes: true,
  query: UPLOAD,
  uploads: true,
  async handle(service, { path, query, body }) {
    checkSum(body.sha256, query.checksum);
    await recoverFrom(service, path['collection_name']!, body.path);
    return true;
  },
};

export const SNAPSHOT_OPERATIONS: readonly AnyOperation[] = [
  listSnapshots,
  createSnapshot,
  deleteSnapshot,
  recoverSnapshot,
  listFullSnapshots,
  createFullSnapshot,
  deleteFullSnapshot,
  getSnapshot,
  getFullSnapshot,
  recoverUploaded,
];
