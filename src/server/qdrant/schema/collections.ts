/* What requests on collections must look like. */
import type {
  ChangeAliasesOperation,
  CreateCollection,
  CreateFieldIndex,
  HnswConfigDiff,
  OptimizersConfigDiff,
  PayloadSchemaParams,
  SparseVectorParams,
  UpdateCollection,
  VectorNameConfig,
  VectorParams,
  VectorParamsDiff,
} from '../api/collections.js';
import { type Schema, schemaOf, Type } from './schema.js';
import { maybe, payload, unsigned } from './values.js';

const flag = maybe(Type.Boolean());
const object = maybe(payload);
const oneOf = <const T extends readonly string[]>(...names: T) =>
  Type.Unsafe<T[number]>(Type.Union(names.map((name) => Type.Literal(name))));

const memory = maybe(oneOf('cold', 'cached', 'pinned'));
const datatype = maybe(oneOf('float32', 'uint8', 'float16', 'turbo4'));
const modifier = maybe(oneOf('none', 'idf'));
const size = Type.Integer({ minimum: 1, maximum: 65_536 });
const distance = oneOf('Cosine', 'Euclid', 'Dot', 'Manhattan');
const multivector_config = maybe(Type.Object({ comparator: Type.Literal('max_sim') }));

const hnsw = Type.Unsafe<HnswConfigDiff>(
  Type.Object({
    m: maybe(unsigned()),
    ef_construct: maybe(unsigned(4)),
    full_scan_threshold: maybe(unsigned()),
    max_indexing_threads: maybe(unsigned()),
    on_disk: flag,
    memory,
    payload_m: maybe(unsigned()),
    inline_storage: flag,
  }),
);

const optimizers = Type.Unsafe<OptimizersConfigDiff>(
  Type.Object({
    deleted_threshold: maybe(Type.Number({ minimum: 0, maximum: 1 })),
    vacuum_min_vector_number: maybe(unsigned(100)),
    default_segment_number: maybe(unsigned()),
    max_segment_size: maybe(unsigned(1)),
    memmap_threshold: maybe(unsigned()),
    indexing_threshold: maybe(unsigned()),
    flush_interval_sec: maybe(unsigned()),
    max_optimization_threads: maybe(Type.Union([Type.Literal('auto'), unsigned()])),
    prevent_unoptimized: flag,
  }),
);

const changeable = { hnsw_config: maybe(hnsw), on_disk: flag, memory };
const compression = maybe(Type.Union([payload, Type.Literal('Disabled')]));
const vector = Type.Unsafe<VectorParams>(
  Type.Object({ size, distance, datatype, multivector_config, quantization_config: object, ...changeable }),
);
const vectorDiff = Type.Unsafe<VectorParamsDiff>(
  Type.Object({ quantization_config: compression, ...changeable }),
);
const sparse = Type.Unsafe<SparseVectorParams>(Type.Object({ index: object, modifier }));
const sparse_vectors = maybe(Type.Record(Type.String(), sparse));

export const CREATE: Schema<CreateCollection> = schemaOf<CreateCollection>()(
  Type.Object({
    vectors: Type.Optional(Type.Union([vector, Type.Record(Type.String(), vector)])),
    sparse_vectors,
    hnsw_config: maybe(hnsw),
    optimizers_config: maybe(optimizers),
    shard_number: maybe(unsigned(1)),
    sharding_method: maybe(oneOf('auto', 'custom')),
    replication_factor: maybe(unsigned(1)),
    write_consistency_factor: maybe(unsigned(1)),
    on_disk_payload: flag,
    payload: object,
    wal_config: object,
    quantization_config: object,
    strict_mode_config: object,
    metadata: object,
  }),
);

export const UPDATE: Schema<UpdateCollection> = schemaOf<UpdateCollection>()(
  Type.Object({
    vectors: maybe(Type.Record(Type.String(), vectorDiff)),
    sparse_vectors,
    hnsw_config: maybe(hnsw),
    optimizers_config: maybe(optimizers),
    params: maybe(
      Type.Object({
        replication_factor: maybe(unsigned(1)),
        write_consistency_factor: maybe(unsigned(1)),
        read_fan_out_factor: maybe(unsigned()),
        read_fan_out_delay_ms: maybe(unsigned()),
        on_disk_payload: flag,
        payload: object,
      }),
    ),
    quantization_config: compression,
    strict_mode_config: object,
    metadata: object,
  }),
);

const kind = oneOf('keyword', 'integer', 'float', 'geo', 'text', 'bool', 'datetime', 'uuid');

/** Others are kept whatever they are. */
const params = Type.Unsafe<PayloadSchemaParams>(
  Type.Object({ type: kind, min_token_len: maybe(unsigned()), max_token_len: maybe(unsigned()) }),
);

export const INDEX: Schema<CreateFieldIndex> = schemaOf<CreateFieldIndex>()(
  Type.Object({
    field_name: Type.String({ minLength: 1 }),
    field_schema: maybe(Type.Union([kind, params])),
  }),
);

export const VECTOR_NAME: Schema<VectorNameConfig> = schemaOf<VectorNameConfig>()(
  Type.Unsafe<VectorNameConfig>(
    Type.Union([
      Type.Object({ dense: Type.Object({ size, distance, datatype, multivector_config }) }),
      Type.Object({ sparse: Type.Object({ modifier, datatype }) }),
    ]),
  ),
);

export const ALIASES: Schema<ChangeAliasesOperation> = schemaOf<ChangeAliasesOperation>()(
  Type.Object({
    actions: Type.Array(
      Type.Union([
        Type.Object({
          create_alias: Type.Object({
            collection_name: Type.String({ minLength: 1 }),
            alias_name: Type.String({ minLength: 1 }),
          }),
        }),
        Type.Object({ delete_alias: Type.Object({ alias_name: Type.String({ minLength: 1 }) }) }),
        Type.Object({
          rename_alias: Type.Object({
            old_alias_name: Type.String({ minLength: 1 }),
            new_alias_name: Type.String({ minLength: 1 }),
          }),
        }),
      ]),
    ),
  }),
);
