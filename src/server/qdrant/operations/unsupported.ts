/* What only a cluster of Qdrant can do, and what Silt does not have: each says so. */
import { standalone, unsupported } from '../errors.js';
import type { AnyOperation, Method, Operation } from '../operation.js';

type Refused = Operation<unknown, unknown, never>;

const refused = (
  name: string,
  method: Method,
  path: string,
  summary: string,
  error: () => Error,
): Refused => ({
  name,
  method,
  path,
  summary,
  // What reads in Qdrant tells a key for reading, too, that it is not here.
  writes: method !== 'GET',
  handle: () => {
    throw error();
  },
});

const inCluster = (name: string, method: Method, path: string): Refused =>
  refused(name, method, path, 'Answered with 405: there is no cluster', standalone);

const SHARD = '/collections/{collection_name}/shards';
const noShards = () => unsupported('snapshots of shards. Make one of the collection');

const ofShard = (name: string, method: Method, path: string): Refused =>
  refused(name, method, `${SHARD}/{shard_id}/${path}`, 'Answered with 501: there is one shard', noShards);

export const createShardKey: Refused = inCluster('create_shard_key', 'PUT', SHARD);
export const deleteShardKey: Refused = inCluster('delete_shard_key', 'POST', `${SHARD}/delete`);
export const updateCollectionCluster: Refused = inCluster(
  'update_collection_cluster',
  'POST',
  '/collections/{collection_name}/cluster',
);
export const clusterTelemetry: Refused = inCluster('cluster_telemetry', 'GET', '/cluster/telemetry');
export const updateQuotas: Refused = refused(
  'update_quotas',
  'PUT',
  '/quotas',
  'Answered with 501: there are no quotas',
  () => unsupported('quotas'),
);
export const recoverShardSnapshot: Refused = ofShard(
  'recover_shard_from_snapshot',
  'PUT',
  'snapshots/recover',
);
export const listShardSnapshots: Refused = ofShard('list_shard_snapshots', 'GET', 'snapshots');
export const createShardSnapshot: Refused = ofShard('create_shard_snapshot', 'POST', 'snapshots');
export const deleteShardSnapshot: Refused = ofShard(
  'delete_shard_snapshot',
  'DELETE',
  'snapshots/{snapshot_name}',
);

export const UNSUPPORTED_OPERATIONS: readonly AnyOperation[] = [
  createShardKey,
  deleteShardKey,
  updateCollectionCluster,
  clusterTelemetry,
  updateQuotas,
  inCluster('recover_current_peer', 'POST', '/cluster/recover'),
  inCluster('remove_peer', 'DELETE', '/cluster/peer/{peer_id}'),
  recoverShardSnapshot,
  listShardSnapshots,
  createShardSnapshot,
  deleteShardSnapshot,
  ofShard('get_shard_snapshot', 'GET', 'snapshots/{snapshot_name}'),
  ofShard('recover_shard_from_uploaded_snapshot', 'POST', 'snapshots/upload'),
  ofShard('stream_shard_snapshot', 'GET', 'snapshot'),
];
