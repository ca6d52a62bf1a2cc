/* How collections are configured: from Qdrant's parameters to Silt's, and what is given back of them. */
import type { CollectionConfig, DenseConfig, NewField, HnswConfig as SiltHnsw } from '../../api/config.js';
import type {
  CollectionInfo,
  CreateCollection,
  HnswConfigDiff,
  UpdateCollection,
  VectorNameConfig,
  VectorParams,
} from './api/collections.js';
import { unsupported, wrongInput } from './errors.js';
import { type CollectionView, FULL_SCAN_KB, isUnnamed, metricOf, OPTIONAL, UNNAMED_MULTI } from './view.js';

function hnswIn(all: HnswConfigDiff | null | undefined, own: HnswConfigDiff | null | undefined): SiltHnsw {
  const m = own?.m ?? all?.m;
  const efConstruction = own?.ef_construct ?? all?.ef_construct;
  return {
    // 0 asks for no graph: Silt makes one all the same.
    ...(m && { m: Math.min(Math.max(m, 2), 256) }),
    ...(efConstruction && { efConstruction: Math.min(efConstruction, 4_096) }),
  };
}

function denseIn(params: VectorParams, all: HnswConfigDiff | null | undefined): DenseConfig {
  const { size, distance, hnsw_config, on_disk, memory, multivector_config } = params;
  return {
    dimension: size,
    metric: metricOf(distance),
    ...((on_disk || memory === 'cold') && { storage: 'disk' as const }),
    hnsw: hnswIn(all, hnsw_config),
    ...(multivector_config && { multi: true }),
  };
}

/** A vector that a collection gains. */
export function fieldIn(config: VectorNameConfig, all: HnswConfigDiff | null | undefined): NewField {
  if ('dense' in config) return { vector: denseIn(config.dense, all) };
  return { sparse: { modifier: config.sparse.modifier ?? 'none' } };
}

/** Vectors by name, '' for the unnamed one. */
function namedIn({ vectors }: CreateCollection): [string, VectorParams][] {
  if (vectors === undefined) return [];
  if (isUnnamed(vectors)) return [['', vectors]];
  return Object.entries(vectors).filter((entry): entry is [string, VectorParams] => entry[1] !== undefined);
}

/** @throws QdrantError 400 for what fields are called that stand for something else here */
export function checkVectorName(name: string): void {
  if (name === UNNAMED_MULTI || name === OPTIONAL) throw wrongInput(`A vector cannot be called \`${name}\``);
}

/** @throws QdrantError for what Silt cannot do */
export function configIn(given: CreateCollection): CollectionConfig {
  if (given.sharding_method === 'custom') throw unsupported('shard keys: there is one shard');
  const sparse = Object.entries(given.sparse_vectors ?? {});
  const named = namedIn(given);
  for (const [name] of [...named, ...sparse]) checkVectorName(name);
  const twice = sparse.find(([name]) => named.some(([other]) => other === name));
  if (twice) throw wrongInput(`Duplicate vector name: \`${twice[0]}\``);
  if (sparse.some(([name]) => name === '')) throw wrongInput('A sparse vector must have a name');
  const fields = named.map(([name, params]) => [name, denseIn(params, given.hnsw_config)] as const);
  const unnamed = fields.find(([name, { multi }]) => name === '' && !multi)?.[1];
  const others = fields
    .filter(([, field]) => field !== unnamed)
    .map(([name, field]) => [name === '' ? UNNAMED_MULTI : name, field] as const);
  return {
    ...unnamed,
    ...(others.length > 0 && { vectors: Object.fromEntries(others) }),
    ...(sparse.length > 0 && {
      sparse: Object.fromEntries(
        sparse.map(([name, params]) => [name, { modifier: params?.modifier ?? 'none' }]),
      ),
    }),
  };
}

/** `given` with what an update says; members of objects one by one. */
export function updated(given: CreateCollection, update: UpdateCollection): CreateCollection {
  const { vectors, sparse_vectors, params, quantization_config, ...others } = update;
  const merged: Record<string, unknown> = { ...given, ...without(params ?? {}) };
  for (const [name, value] of Object.entries(without(others)))
    merged[name] = { ...(merged[name] as object | undefined), ...(value as object) };
  if (quantization_config) {
    if (quantization_config === 'Disabled') delete merged['quantization_config'];
    else merged['quantization_config'] = quantization_config;
  }
  if (vectors)
    merged['vectors'] = isUnnamed(given.vectors)
      ? { ...given.vectors, ...without(vectors[''] ?? {}) }
      : mergedByName(given.vectors ?? {}, vectors);
  if (sparse_vectors) merged['sparse_vectors'] = mergedByName(given.sparse_vectors ?? {}, sparse_vectors);
  return merged as CreateCollection;
}

function mergedByName(before: object, changes: object): object {
  const old = before as Record<string, object | undefined>;
  const changed = Object.entries(changes as Record<string, object>).map(([name, change]) => {
    if (!Object.hasOwn(old, name)) throw wrongInput(`Not existing vector name error: ${name}`);
    return [name, { ...old[name], ...without(change) }] as const;
  });
  return { ...old, ...Object.fromEntries(changed) };
}

function without(values: object): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
  );
}

/** As it was given, with Qdrant's defaults where they do not belong to what must come back as it was. */
export function configOut({ given, config }: CollectionView): CollectionInfo['config'] {
  const { vectors, sparse_vectors, sharding_method } = given;
  return {
    params: {
      vectors: vectors ?? {},
      shard_number: given.shard_number ?? 1,
      replication_factor: given.replication_factor ?? 1,
      write_consistency_factor: given.write_consistency_factor ?? 1,
      on_disk_payload: given.on_disk_payload ?? true,
      ...(sparse_vectors && { sparse_vectors }),
      ...(sharding_method && { sharding_method }),
    },
    hnsw_config: {
      m: config.hnsw.m,
      ef_construct: config.hnsw.efConstruction,
      full_scan_threshold: FULL_SCAN_KB,
      max_indexing_threads: 0,
      on_disk: false,
      ...without(given.hnsw_config ?? {}),
    },
    optimizer_config: {
      deleted_threshold: 0.2,
      vacuum_min_vector_number: 1_000,
      default_segment_number: 0,
      max_segment_size: null,
      memmap_threshold: null,
      indexing_threshold: config.indexing.mergeThreshold,
      flush_interval_sec: 5,
      max_optimization_threads: null,
      ...without(given.optimizers_config ?? {}),
    },
    wal_config: {
      wal_capacity_mb: 32,
      wal_segments_ahead: 0,
      wal_retain_closed: 1,
      ...without(given.wal_config ?? {}),
    },
    quantization_config: given.quantization_config ?? null,
    ...(given.strict_mode_config && { strict_mode_config: given.strict_mode_config }),
    ...(given.metadata && { metadata: given.metadata }),
  };
}
