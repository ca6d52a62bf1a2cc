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

interface Optimization {
  uuid: string;
  optimizer: string;
  status: 'optimizing' | 'done';
  segments: { uuid: string; points_count: number }[];
  progress: { name: string; done?: number | null; total?: number | null };
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

export interface TelemetryData {
  id: string;
  app: { name: string; version: string; startup: string };
  collections: { number_of_collections: number; collections?: Payload[] | null };
}

export interface QuotaStatus {
  config: Payload;
  usage: { resident_memory_percent?: number | null; disk_usage_percent?: number | null };
}
