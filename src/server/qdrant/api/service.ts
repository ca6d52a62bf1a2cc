/* What is asked of the service itself: its version, its state, its snapshots. */
import type { Payload } from './values.js';

export interface VersionInfo {
  title: string;
  version: string;
  commit?: string | null;
}

export interface SnapshotDescription {
  name: string;
  creation_time?: string | null;
  size: number;
  checksum?: string | null;
}

export interface SnapshotRecover {
  /** A file:// address on this machine. */
  location: string;
  priority?: 'no_sync' | 'snapshot' | 'replica' | null;
  checksum?: string | null;
  api_key?: string | null;
}

export interface CollectionClusterInfo {
  peer_id: number;
  shard_count: number;
  local_shards: { shard_id: number; points_count: number; state: 'Active' }[];
  remote_shards: never[];
  shard_transfers: never[];
}

export interface ProgressTree {
  name: string;
  started_at?: string | null;
  done?: number | null;
  total?: number | null;
  children?: ProgressTree[];
}

interface Optimization {
  uuid: string;
  optimizer: string;
  status: 'optimizing' | 'done';
  segments: { uuid: string; points_count: number }[];
  progress: ProgressTree;
}

export interface OptimizationsResponse {
  summary: {
    queued_optimizations: number;
    queued_segments: number;
    queued_points: number;
    idle_segments: number;
  };
  running: Optimization[];
  queued?: { optimizer: string; segments: { uuid: string; points_count: number }[] }[] | null;
  completed?: Optimization[] | null;
  idle_segments?: { uuid: string; points_count: number }[] | null;
}

export interface MemoryUsage {
  disk_bytes: number;
  ram_bytes: number;
  cached_bytes: number;
  expected_cache_bytes: number;
}

interface VectorMemory {
  name: string;
  storage: MemoryUsage;
  index: MemoryUsage;
}

export interface CollectionMemory {
  total: MemoryUsage;
  vectors: VectorMemory[];
  sparse_vectors: VectorMemory[];
  payload: MemoryUsage;
  payload_index: { name: string; usage: MemoryUsage }[];
  other: { id_tracker: MemoryUsage };
}

export interface TelemetryData {
  id: string;
  app: { name: string; version: string; startup: string };
  collections: { number_of_collections: number; collections?: Payload[] | null };
}

export interface QuotaStatus {
  config: Payload;
  usage: { resident_memory_percent?: number | null; disk_usage_percent?: number | null };
}
