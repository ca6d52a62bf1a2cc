/* Collections: how they are made and described. */
import type { Payload } from './values.js';

export type Distance = 'Cosine' | 'Euclid' | 'Dot' | 'Manhattan';
export type Memory = 'cold' | 'cached' | 'pinned';
export type Datatype = 'float32' | 'uint8' | 'float16' | 'turbo4';

/** `m`, `ef_construct` and `full_scan_threshold` are used; the rest is kept and given back. */
export interface HnswConfigDiff {
  m?: number | null;
  ef_construct?: number | null;
  /** Kilobytes of vectors below which all are compared. */
  full_scan_threshold?: number | null;
  max_indexing_threads?: number | null;
  on_disk?: boolean | null;
  memory?: Memory | null;
  payload_m?: number | null;
  inline_storage?: boolean | null;
}

/** Kept and given back: Silt compresses in its own way. */
export type QuantizationConfig = Payload;

export interface VectorParams {
  size: number;
  distance: Distance;
  hnsw_config?: HnswConfigDiff | null;
  quantization_config?: QuantizationConfig | null;
  /** Searches read vectors from the disk. */
  on_disk?: boolean | null;
  memory?: Memory | null;
  /** Kept and given back: components are float32. `uint8` with Cosine is 501. */
  datatype?: Datatype | null;
  multivector_config?: { comparator: 'max_sim' } | null;
}

export type VectorsConfig = VectorParams | { [name: string]: VectorParams | undefined };

export interface SparseVectorParams {
  index?: {
    full_scan_threshold?: number | null;
    on_disk?: boolean | null;
    memory?: Memory | null;
    datatype?: Datatype | null;
  } | null;
  modifier?: 'none' | 'idf' | null;
}

export interface OptimizersConfigDiff {
  deleted_threshold?: number | null;
  vacuum_min_vector_number?: number | null;
  default_segment_number?: number | null;
  max_segment_size?: number | null;
  memmap_threshold?: number | null;
  /** 0 pauses indexing. */
  indexing_threshold?: number | null;
  flush_interval_sec?: number | null;
  max_optimization_threads?: number | 'auto' | null;
  prevent_unoptimized?: boolean | null;
}

export interface CreateCollection {
  vectors?: VectorsConfig;
  sparse_vectors?: { [name: string]: SparseVectorParams | undefined } | null;
  hnsw_config?: HnswConfigDiff | null;
  optimizers_config?: OptimizersConfigDiff | null;
  shard_number?: number | null;
  sharding_method?: 'auto' | 'custom' | null;
  replication_factor?: number | null;
  write_consistency_factor?: number | null;
  on_disk_payload?: boolean | null;
  payload?: Payload | null;
  wal_config?: Payload | null;
  quantization_config?: QuantizationConfig | null;
  /** Kept and given back. With `enabled: true` and anything that would refuse a request, 501. */
  strict_mode_config?: Payload | null;
  metadata?: Payload | null;
}

export interface VectorParamsDiff extends Partial<Pick<VectorParams, 'hnsw_config' | 'on_disk' | 'memory'>> {
  quantization_config?: QuantizationConfig | 'Disabled' | null;
}

export interface UpdateCollection {
  vectors?: { [name: string]: VectorParamsDiff | undefined } | null;
  sparse_vectors?: { [name: string]: SparseVectorParams | undefined } | null;
  hnsw_config?: HnswConfigDiff | null;
  optimizers_config?: OptimizersConfigDiff | null;
  params?: {
    replication_factor?: number | null;
    write_consistency_factor?: number | null;
    read_fan_out_factor?: number | null;
    read_fan_out_delay_ms?: number | null;
    on_disk_payload?: boolean | null;
    payload?: Payload | null;
  } | null;
  quantization_config?: QuantizationConfig | 'Disabled' | null;
  strict_mode_config?: Payload | null;
  metadata?: Payload | null;
}

export type PayloadSchemaType =
  | 'keyword'
  | 'integer'
  | 'float'
  | 'geo'
  | 'text'
  | 'bool'
  | 'datetime'
  | 'uuid';

/** Parameters of an index, given back as they are: `type` says which. */
export type PayloadSchemaParams =
  | { type: 'keyword'; [option: string]: unknown }
  | { type: 'integer'; [option: string]: unknown }
  | { type: 'float'; [option: string]: unknown }
  | { type: 'geo'; [option: string]: unknown }
  | { type: 'text'; [option: string]: unknown }
  | { type: 'bool'; [option: string]: unknown }
  | { type: 'datetime'; [option: string]: unknown }
  | { type: 'uuid'; [option: string]: unknown };

export interface CreateFieldIndex {
  field_name: string;
  field_schema?: PayloadSchemaType | PayloadSchemaParams | null;
}

export type VectorNameConfig =
  | { dense: Pick<VectorParams, 'size' | 'distance' | 'multivector_config' | 'datatype'> }
  | { sparse: { modifier?: 'none' | 'idf' | null; datatype?: Datatype | null } };

export interface ChangeAliasesOperation {
  actions: AliasOperation[];
}

export type AliasOperation =
  | { create_alias: { collection_name: string; alias_name: string } }
  | { delete_alias: { alias_name: string } }
  | { rename_alias: { old_alias_name: string; new_alias_name: string } };

export interface CollectionsResponse {
  collections: { name: string }[];
}

export interface AliasesResponse {
  aliases: { alias_name: string; collection_name: string }[];
}

export interface CollectionParams {
  vectors?: VectorsConfig;
  sparse_vectors?: { [name: string]: SparseVectorParams | undefined } | null;
  shard_number?: number;
  sharding_method?: 'auto' | 'custom' | null;
  replication_factor?: number;
  write_consistency_factor?: number;
  read_fan_out_factor?: number | null;
  read_fan_out_delay_ms?: number | null;
  on_disk_payload?: boolean | null;
  payload?: Payload | null;
}

export interface HnswConfig extends HnswConfigDiff {
  m: number;
  ef_construct: number;
  full_scan_threshold: number;
  max_indexing_threads?: number;
}

export interface CollectionInfo {
  /** `yellow` while points are being indexed, `grey` while that is paused, `red` where no write is possible. */
  status: 'green' | 'yellow' | 'grey' | 'red';
  optimizer_status: 'ok' | { error: string };
  indexed_vectors_count?: number | null;
  points_count?: number | null;
  segments_count: number;
  config: {
    params: CollectionParams;
    hnsw_config: HnswConfig;
    optimizer_config: {
      deleted_threshold: number;
      vacuum_min_vector_number: number;
      default_segment_number: number;
      flush_interval_sec: number;
      [option: string]: unknown;
    };
    wal_config?: { wal_capacity_mb: number; wal_segments_ahead: number; wal_retain_closed?: number } | null;
    quantization_config?: QuantizationConfig | null;
    strict_mode_config?: Payload | null;
    metadata?: Payload | null;
  };
  payload_schema: {
    [field: string]:
      | { data_type: PayloadSchemaType; points: number; params?: PayloadSchemaParams | null }
      | undefined;
  };
}
