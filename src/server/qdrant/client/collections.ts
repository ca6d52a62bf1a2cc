/* What the client asks of collections and of the service. */
import type {
  AliasesResponse,
  ChangeAliasesOperation,
  CollectionInfo,
  CollectionsResponse,
  CreateCollection,
  CreateFieldIndex,
  UpdateCollection,
  VectorNameConfig,
} from '../api/collections.js';
import type {
  CollectionClusterInfo,
  OptimizationsResponse,
  QuotaStatus,
  SnapshotDescription,
  SnapshotRecover,
  VersionInfo,
} from '../api/service.js';
import type { UpdateResult, WriteParams } from '../api/values.js';
import * as aliases from '../operations/aliases.js';
import * as collections from '../operations/collections.js';
import * as fields from '../operations/fields.js';
import * as indexes from '../operations/indexes.js';
import { getOptimizations } from '../operations/optimizations.js';
import * as service from '../operations/service.js';
import * as snapshots from '../operations/snapshots.js';
import * as unsupported from '../operations/unsupported.js';
import type { Timeout, Wait } from '../schema/values.js';
import { ask, of } from './base.js';
import { OlderClient } from './older.js';

const waiting = ({ wait = true, ordering, timeout }: WriteParams): WriteParams =>
  ({ wait, ordering, timeout }) as WriteParams;

export class CollectionsClient extends OlderClient {
  async getCollections(): Promise<CollectionsResponse> {
    return ask(this, collections.getCollections, {});
  }

  async getCollection(name: string): Promise<CollectionInfo> {
    return ask(this, collections.getCollection, of(name));
  }

  async collectionExists(name: string): Promise<{ exists: boolean }> {
    return ask(this, collections.collectionExists, of(name));
  }

  async createCollection(name: string, request: Timeout & CreateCollection): Promise<boolean> {
    const { timeout, ...body } = request;
    return ask(this, collections.createCollection, of(name), { timeout }, body);
  }

  /** Deletes the collection, if there is one, and makes it again. */
  async recreateCollection(name: string, request: Timeout & CreateCollection): Promise<boolean> {
    await this.deleteCollection(name);
    return this.createCollection(name, request);
  }

  async updateCollection(name: string, args: UpdateCollection & Timeout = {}): Promise<boolean> {
    const { timeout, ...body } = args;
    return ask(this, collections.updateCollection, of(name), { timeout }, body);
  }

  /** False where there was none. */
  async deleteCollection(name: string, args: Timeout = {}): Promise<boolean> {
    return ask(this, collections.deleteCollection, of(name), args);
  }

  async updateCollectionAliases(request: Timeout & ChangeAliasesOperation): Promise<boolean> {
    const { timeout, actions } = request;
    return ask(this, aliases.updateAliases, {}, { timeout }, { actions });
  }

  async getCollectionAliases(name: string): Promise<AliasesResponse> {
    return ask(this, aliases.getCollectionAliases, of(name));
  }

  async getAliases(): Promise<AliasesResponse> {
    return ask(this, aliases.getAliases, {});
  }

  async createPayloadIndex(name: string, request: WriteParams & CreateFieldIndex): Promise<UpdateResult> {
    const { wait, ordering, timeout, ...body } = request;
    return ask(this, indexes.createIndex, of(name), { wait, ordering, timeout }, body);
  }

  async deletePayloadIndex(
    name: string,
    field_name: string,
    params: WriteParams = {},
  ): Promise<UpdateResult> {
    return ask(this, indexes.deleteIndex, { ...of(name), field_name }, waiting(params));
  }

  async createVectorName(
    name: string,
    vector_name: string,
    config: VectorNameConfig,
    params: WriteParams = {},
  ): Promise<UpdateResult> {
    return ask(this, fields.createVectorName, { ...of(name), vector_name }, waiting(params), config);
  }

  async deleteVectorName(name: string, vector_name: string, params: WriteParams = {}): Promise<UpdateResult> {
    return ask(this, fields.deleteVectorName, { ...of(name), vector_name }, waiting(params));
  }

  async listSnapshots(name: string): Promise<SnapshotDescription[]> {
    return ask(this, snapshots.listSnapshots, of(name));
  }

  async createSnapshot(name: string, args: Wait = {}): Promise<SnapshotDescription | null> {
    return ask(this, snapshots.createSnapshot, of(name), args);
  }

  async deleteSnapshot(name: string, snapshot_name: string, args: Wait = {}): Promise<boolean> {
    return ask(this, snapshots.deleteSnapshot, { ...of(name), snapshot_name }, args);
  }

  async recoverSnapshot(name: string, request: SnapshotRecover): Promise<boolean> {
    return ask(this, snapshots.recoverSnapshot, of(name), {}, request);
  }

  async listFullSnapshots(): Promise<SnapshotDescription[]> {
    return ask(this, snapshots.listFullSnapshots, {});
  }

  async createFullSnapshot(args: Wait = {}): Promise<SnapshotDescription> {
    return ask(this, snapshots.createFullSnapshot, {}, args);
  }

  async deleteFullSnapshot(snapshot_name: string, args: Wait = {}): Promise<boolean> {
    return ask(this, snapshots.deleteFullSnapshot, { snapshot_name }, args);
  }

  async versionInfo(): Promise<VersionInfo> {
    return ask(this, service.root, {});
  }

  async collectionClusterInfo(name: string): Promise<CollectionClusterInfo> {
    return ask(this, service.collectionCluster, of(name));
  }

  async getOptimizations(
    name: string,
    args: { with?: string; completed_limit?: number } = {},
  ): Promise<OptimizationsResponse> {
    return ask(this, getOptimizations, of(name), args);
  }

  async getQuotas(): Promise<QuotaStatus> {
    return ask(this, service.getQuotas, {});
  }

  /** Rejects: there are no quotas. */
  async updateQuotas(_config: object = {}): Promise<boolean> {
    return ask(this, unsupported.updateQuotas, {});
  }

  async listShardKeys(name: string): Promise<{ shard_keys?: null }> {
    return ask(this, service.listShardKeys, of(name));
  }

  /** Rejects: there is no cluster. So do the following. */
  async updateCollectionCluster(name: string, _operation: object): Promise<boolean> {
    return ask(this, unsupported.updateCollectionCluster, of(name));
  }

  async clusterTelemetry(_args: object = {}): Promise<never> {
    return ask(this, unsupported.clusterTelemetry, {});
  }

  async createShardKey(name: string, _key: object): Promise<boolean> {
    return ask(this, unsupported.createShardKey, of(name));
  }

  async deleteShardKey(name: string, _key: object): Promise<boolean> {
    return ask(this, unsupported.deleteShardKey, of(name));
  }

  async recoverShardFromSnapshot(name: string, shard_id: number, _snapshot: object): Promise<boolean> {
    return ask(this, unsupported.recoverShardSnapshot, { ...of(name), shard_id: String(shard_id) });
  }

  async listShardSnapshots(name: string, shard_id: number): Promise<SnapshotDescription[]> {
    return ask(this, unsupported.listShardSnapshots, { ...of(name), shard_id: String(shard_id) });
  }

  async createShardSnapshot(name: string, shard_id: number, _args: Wait = {}): Promise<SnapshotDescription> {
    return ask(this, unsupported.createShardSnapshot, { ...of(name), shard_id: String(shard_id) });
  }

  async deleteShardSnapshot(
    name: string,
    shard_id: number,
    snapshot_name: string,
    _args: Wait = {},
  ): Promise<boolean> {
    const path = { ...of(name), shard_id: String(shard_id), snapshot_name };
    return ask(this, unsupported.deleteShardSnapshot, path);
  }
}
