/* How collections are configured: from Qdrant's parameters to Silt's, and what is given back of them. */
import type { CollectionConfig, DenseConfig, NewField, HnswConfig as SiltHnsw } from '../../api/config.js';
import { EF_CONSTRUCTION_MAX, M_MAX, M_MIN } from '../../base/limits.js';
import type {
  CollectionInfo,
  CreateCollection,
  HnswConfigDiff,
  UpdateCollection,
  VectorNameConfig,
  VectorParams,
} from './api/collections.js';
import type { Payload } from './api/values.js';
import { unsupported, wrongInput } from './errors.js';
import type { KeptParams } from './settings.js';
import { type CollectionView, FULL_SCAN_KB, isUnnamed, metricOf, OPTIONAL, UNNAMED_MULTI } from './view.js';

function hnswIn(all: HnswConfigDiff | null | undefined, own: HnswConfigDiff | null | undefined): SiltHnsw {
  const m = own?.m ?? all?.m;
  const efConstruction = own?.ef_construct ?? all?.ef_construct;
  return {
    // 0 asks for no graph: Silt makes one all the same, and searches without it (see `exactBelow` of a vector).
    ...(m && { m: Math.min(Math.max(m, M_MIN), M_MAX) }),
    ...(efConstruction && { efConstruction: Math.min(efConstruction, EF_CONSTRUCTION_MAX) }),
  };
}

function denseIn(params: VectorParams, all: HnswConfigDiff | null | undefined): DenseConfig {
  const { size, distance, hnsw_config, on_disk, memory, multivector_config, datatype } = params;
  if (datatype === 'uint8' && distance === 'Cosine')
    throw unsupported(
      'vectors of uint8 with Cosine, which Qdrant gives back as they were: here they are scaled to length 1. Leave out datatype',
    );
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

/**
 * Strict mode is there to refuse requests, which nothing does here. What refuses none is kept.
 *
 * @throws QdrantError 501
 */
function checkStrict(config: Payload | null | undefined): void {
  if (config?.['enabled'] !== true) return;
  const { enabled: _, ...limits } = without(config);
  const asked = Object.keys(limits).filter((name) => {
    const limit = limits[name];
    return limit !== true && !(typeof limit === 'object' && Object.keys(limit as object).length === 0);
  });
  if (asked.length > 0)
    throw unsupported(
      `strict mode: no request is refused by ${asked.join(', ')}. With enabled: false it is kept without effect`,
    );
}

/** @throws QdrantError 501 for a change that would change what searches find, which Silt cannot make */
export function checkUpdate({ given, config }: CollectionView, update: UpdateCollection): void {
  if (update.strict_mode_config)
    checkStrict({ ...given.strict_mode_config, ...without(update.strict_mode_config) });
  for (const [name, change] of Object.entries(update.sparse_vectors ?? {})) {
    const before = Object.hasOwn(config.sparse ?? {}, name) ? config.sparse![name] : undefined;
    if (before && change?.modifier && change.modifier !== before.modifier)
      throw unsupported(
        `another modifier of the sparse vector \`${name}\`. Add a vector that has it, and write the points with that`,
      );
  }
}

/** @throws QdrantError for what Silt cannot do */
export function configIn(given: CreateCollection): CollectionConfig {
  if (given.sharding_method === 'custom') throw unsupported('shard keys: there is one shard');
  checkStrict(given.strict_mode_config);
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

type Values = Readonly<Record<string, unknown>>;

/** `kept` with what an update says, member by member: what is null stays, but for metadata, whose member goes. */
export function updated(kept: KeptParams, update: UpdateCollection): KeptParams {
  const { vectors, sparse_vectors, params, quantization_config, metadata, ...configs } = update;
  const merged: Record<string, unknown> = { ...kept, ...without(params ?? {}) };
  for (const [name, value] of Object.entries(without(configs))) merged[name] = mended(merged[name], value);
  if (metadata) {
    const all = Object.entries({ ...kept.metadata, ...metadata });
    const isGone = (name: string): boolean => Object.hasOwn(metadata, name) && metadata[name] === null;
    merged['metadata'] = Object.fromEntries(all.filter(([name]) => !isGone(name)));
  }
  if (vectors) {
    const isAlone = isUnnamed(kept.vectors);
    const all = mergedByName(isAlone ? { '': kept.vectors } : (kept.vectors ?? {}), vectors);
    merged['vectors'] = isAlone ? all[''] : all;
  }
  if (sparse_vectors) merged['sparse_vectors'] = mergedByName(kept.sparse_vectors ?? {}, sparse_vectors);
  return quantized(merged, quantization_config) as KeptParams;
}

const mended = (before: unknown, change: unknown): Values => ({
  ...(before as Values | undefined),
  ...without(change as object),
});

function quantized(params: Values, config: unknown): Values {
  const { quantization_config: before, ...others } = params;
  const after = config ?? before;
  return after && after !== 'Disabled' ? { ...others, quantization_config: after } : others;
}

function mergedByName(before: object, changes: object): Values {
  const old = before as Record<string, Values | undefined>;
  const changed = Object.entries(changes as Record<string, Values>).map(([name, change]) => {
    if (!Object.hasOwn(old, name)) throw wrongInput(`Not existing vector name error: ${name}`);
    const { hnsw_config, index, quantization_config, ...others } = without(change);
    const own = {
      ...old[name],
      ...others,
      ...(hnsw_config !== undefined && { hnsw_config: mended(old[name]?.['hnsw_config'], hnsw_config) }),
      ...(index !== undefined && { index: mended(old[name]?.['index'], index) }),
    };
    return [name, quantized(own, quantization_config)] as const;
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
  const { vectors, sparse_vectors, sharding_method, payload, read_fan_out_factor, read_fan_out_delay_ms } =
    given;
  const { max_optimization_threads, ...optimizers } = without(given.optimizers_config ?? {});
  return {
    params: {
      vectors: vectors ?? {},
      shard_number: given.shard_number ?? 1,
      replication_factor: given.replication_factor ?? 1,
      write_consistency_factor: given.write_consistency_factor ?? 1,
      on_disk_payload: given.on_disk_payload ?? true,
      ...(sparse_vectors && { sparse_vectors }),
      ...without({ sharding_method, payload, read_fan_out_factor, read_fan_out_delay_ms }),
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
      // Said without a number, it is none.
      max_optimization_threads:
        (max_optimization_threads === 'auto' ? undefined : max_optimization_threads) ?? null,
      ...optimizers,
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
