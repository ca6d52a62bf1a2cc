/* Requests that have every parameter that Qdrant's client knows, each with another value than where none is given. */
import type {
  CreateCollection,
  PayloadSchemaParams,
  UpdateCollection,
} from '#silt/server/qdrant/api/collections.js';
import type { QdrantClient } from '#silt/server/qdrant/index.js';
import { say } from './cases.js';

const memory = 'cached' as const;
const hnsw_config = {
  m: 1,
  ef_construct: 50,
  full_scan_threshold: 5_000,
  max_indexing_threads: 2,
  on_disk: true,
  memory,
  payload_m: 4,
  inline_storage: true,
};
/** Qdrant takes one of them, which is kept as it is, whatever it has. */
const quantization_config = {
  scalar: { type: 'int8', quantile: 0.9, always_ram: true, memory },
  product: { compression: 'x8', always_ram: true, memory },
  binary: { always_ram: true, memory, encoding: 'two_bits', query_encoding: 'scalar8bits' },
  turbo: { always_ram: true, memory, bits: 'bits2' },
};
const optimizers_config = {
  deleted_threshold: 0.3,
  vacuum_min_vector_number: 500,
  default_segment_number: 3,
  max_segment_size: 7_000,
  memmap_threshold: 9_000,
  indexing_threshold: 8_000,
  flush_interval_sec: 9,
  max_optimization_threads: 1,
  prevent_unoptimized: true,
};
const strict_mode_config = {
  enabled: false,
  max_query_limit: 1,
  max_timeout: 2,
  unindexed_filtering_retrieve: false,
  unindexed_filtering_update: false,
  search_max_hnsw_ef: 3,
  search_allow_exact: false,
  search_max_oversampling: 4,
  upsert_max_batchsize: 5,
  search_max_batchsize: 6,
  max_collection_vector_size_bytes: 7,
  read_rate_limit: 8,
  write_rate_limit: 9,
  max_collection_payload_size_bytes: 10,
  max_points_count: 11,
  filter_max_conditions: 12,
  condition_max_size: 13,
  multivector_config: { v: { max_vectors: 14 } },
  sparse_config: { s: { max_length: 15 } },
  max_payload_index_count: 16,
  max_resident_memory_percent: 17,
};
const sparse = {
  index: { full_scan_threshold: 100, on_disk: true, memory, datatype: 'float16' as const },
  modifier: 'idf' as const,
};

export const CREATED: CreateCollection = {
  vectors: {
    v: {
      size: 2,
      distance: 'Euclid',
      hnsw_config,
      quantization_config,
      on_disk: true,
      memory,
      datatype: 'uint8',
      multivector_config: { comparator: 'max_sim' },
    },
  },
  sparse_vectors: { s: sparse },
  shard_number: 2,
  sharding_method: 'auto',
  replication_factor: 3,
  write_consistency_factor: 2,
  on_disk_payload: false,
  payload: { memory },
  hnsw_config,
  wal_config: { wal_capacity_mb: 16, wal_segments_ahead: 1, wal_retain_closed: 2 },
  optimizers_config,
  quantization_config,
  strict_mode_config,
  metadata: { of: 'me' },
};

export const UPDATED: UpdateCollection = {
  vectors: { v: { hnsw_config, quantization_config, on_disk: false, memory } },
  sparse_vectors: { s: sparse },
  hnsw_config,
  optimizers_config,
  params: {
    replication_factor: 5,
    write_consistency_factor: 4,
    read_fan_out_factor: 3,
    read_fan_out_delay_ms: 2,
    on_disk_payload: false,
    payload: { memory },
  },
  quantization_config,
  strict_mode_config,
  metadata: { of: 'you' },
};

const common = { on_disk: true, memory, enable_hnsw: false };
export const INDEXES: readonly PayloadSchemaParams[] = [
  { type: 'keyword', is_tenant: true, prefix: true, ...common },
  { type: 'integer', lookup: true, range: true, is_principal: true, ...common },
  { type: 'float', is_principal: true, ...common },
  { type: 'geo', ...common },
  { type: 'bool', ...common },
  { type: 'datetime', is_principal: true, ...common },
  { type: 'uuid', is_tenant: true, ...common },
  {
    type: 'text',
    tokenizer: 'word',
    min_token_len: 2,
    max_token_len: 9,
    lowercase: true,
    ascii_folding: false,
    phrase_matching: true,
    stopwords: { languages: [], custom: [] },
    stemmer: { type: 'none' },
    ...common,
  },
];

/** The paths of what a request has, as those of the official types: names that the caller chose are `*`. */
export function pathsOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [];
  const below = path === '' ? '' : `${path}.`;
  return Object.entries(value).flatMap(([name, one]) => {
    const at = below + (name === 'v' || name === 's' ? '*' : name);
    return [at, ...pathsOf(one, at)];
  });
}

/** What is told of a collection, under the names by which it was given. */
export async function givenBack(client: QdrantClient, name: string): Promise<Record<string, unknown>> {
  const { params, optimizer_config, ...others } = (await client.getCollection(name)).config;
  return say({ ...params, ...others, optimizers_config: optimizer_config });
}
