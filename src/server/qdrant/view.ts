/*
 * A collection in Qdrant's terms: its vectors by name ('' is the unnamed one), and its parameters as the client gave them. A new
 * view is made when one of these changes.
 */
import type { Collection } from '../../api/collection.js';
import type { ResolvedConfig } from '../../api/config.js';
import type { Metric } from '../../api/metric.js';
import { parsePath } from '../../filter/path.js';
import type { CreateCollection, Distance, VectorParams } from './api/collections.js';
import { wrongInput } from './errors.js';
import type { CollectionSettings, KeptParams } from './settings.js';

export interface VectorView {
  /** The name that Qdrant uses; '' for the unnamed one. */
  readonly name: string;
  /** The name of the field in Silt. */
  readonly field: string;
  readonly kind: 'dense' | 'multi' | 'sparse';
  readonly metric: Metric;
  /** 0 for sparse vectors. */
  readonly size: number;
  /** Collections with at most this many points are searched exactly. */
  readonly exactBelow: number;
}

interface TextIndex {
  readonly min_token_len?: number | null;
  readonly max_token_len?: number | null;
}

/** Qdrant's default of `full_scan_threshold`: with fewer kilobytes of vectors it searches exactly. */
export const FULL_SCAN_KB = 10_000;

/** Qdrant's default of `indexing_threshold`: fewer kilobytes of vectors are searched though they are not indexed. */
const INDEXING_KB = 10_000;

/** The field of an unnamed multi-vector: Silt's unnamed field has one vector per point. */
export const UNNAMED_MULTI = 'qdrant:unnamed';

/**
 * A hidden, empty field. If the unnamed vector is the only field, Silt requires it in every point; with this second field, points may
 * come without it. Created when the first such point arrives.
 */
export const OPTIONAL = 'qdrant:optional';

const METRICS: Readonly<Record<Distance, Metric>> = {
  Cosine: 'cosine',
  Euclid: 'euclidean',
  Dot: 'dot',
  Manhattan: 'manhattan',
};

export const metricOf = (distance: Distance): Metric => METRICS[distance];

const distanceOf = (metric: Metric): Distance =>
  (Object.keys(METRICS) as Distance[]).find((distance) => METRICS[distance] === metric) ??
  (`${metric[0]!.toUpperCase()}${metric.slice(1)}` as Distance);

/** Whether `vectors` describes the unnamed vector, as opposed to named ones. */
export function isUnnamed(vectors: CreateCollection['vectors']): vectors is VectorParams {
  return (
    vectors !== undefined && typeof vectors['size'] === 'number' && typeof vectors['distance'] === 'string'
  );
}

const paramsOf = ({ size, metric, kind }: VectorView): VectorParams => ({
  size,
  distance: distanceOf(metric),
  ...(kind === 'multi' && { multivector_config: { comparator: 'max_sim' } as const }),
});

/** Parameters that were given for this vector: not for one of the same name that was never made, or is gone. */
function fitting(
  given: VectorParams | undefined,
  { size, metric, kind }: Pick<VectorView, 'size' | 'metric' | 'kind'>,
): VectorParams | undefined {
  const fits =
    given?.size === size &&
    metricOf(given.distance) === metric &&
    Boolean(given.multivector_config) === (kind === 'multi');
  return fits ? given : undefined;
}

/** Dense vectors by name, '' for the unnamed one, as the client gave them. */
const densesOf = ({ vectors }: CreateCollection): Map<string, VectorParams | undefined> =>
  new Map(Object.entries(isUnnamed(vectors) ? { '': vectors } : (vectors ?? {})));

/**
 * The parameters of the vectors that exist, as the client gave them where known. The collection decides which vectors there are: it
 * may have been changed through Silt, or the process may have ended between a change and its record.
 */
function vectorsBy(
  views: readonly VectorView[],
  { sparse }: ResolvedConfig,
  given: CreateCollection | undefined,
): Pick<CreateCollection, 'vectors' | 'sparse_vectors'> {
  const old = densesOf(given ?? {});
  const oldSparse = new Map(Object.entries(given?.sparse_vectors ?? {}));
  const dense = views.filter(({ kind }) => kind !== 'sparse');
  const vectors = dense.map(
    (view) => [view.name, fitting(old.get(view.name), view) ?? paramsOf(view)] as const,
  );
  const others = views
    .filter(({ kind }) => kind === 'sparse')
    .map(({ name }) => {
      const { modifier } = sparse![name]!;
      const before = oldSparse.get(name);
      return [name, before && (before.modifier ?? 'none') === modifier ? before : { modifier }] as const;
    });
  return {
    vectors: vectors.length === 1 && vectors[0]![0] === '' ? vectors[0]![1] : Object.fromEntries(vectors),
    ...(others.length > 0 && { sparse_vectors: Object.fromEntries(others) }),
  };
}

function viewsOf(config: ResolvedConfig, given: CreateCollection): VectorView[] {
  const old = densesOf(given);
  const exactBelow = (view: Omit<VectorView, 'exactBelow'>): number => {
    const own = fitting(old.get(view.name), view)?.hnsw_config;
    // Without a graph all are compared.
    if ((own?.m ?? given.hnsw_config?.m) === 0) return Number.POSITIVE_INFINITY;
    const kilobytes = own?.full_scan_threshold ?? given.hnsw_config?.full_scan_threshold ?? FULL_SCAN_KB;
    return (kilobytes * 1024) / (view.size * 4);
  };
  const dense = (
    name: string,
    field: string,
    dimension: number,
    metric: Metric,
    multi: boolean,
  ): VectorView => {
    const view = {
      name,
      field,
      kind: multi ? ('multi' as const) : ('dense' as const),
      metric,
      size: dimension,
    };
    return { ...view, exactBelow: exactBelow(view) };
  };
  const views = config.dimension > 0 ? [dense('', '', config.dimension, config.metric, false)] : [];
  if (typeof config.vectors !== 'string')
    for (const [field, { dimension, metric, multi }] of Object.entries(config.vectors))
      views.push(dense(field === UNNAMED_MULTI ? '' : field, field, dimension, metric, multi));
  for (const name of Object.keys(config.sparse ?? {}))
    if (name !== OPTIONAL)
      views.push({ name, field: name, kind: 'sparse', metric: 'dot', size: 0, exactBelow: 0 });
  return views;
}

export class CollectionView {
  readonly collection: Collection;
  readonly settings: CollectionSettings | undefined;
  readonly config: ResolvedConfig;
  /** The version of the settings that it was made from. */
  readonly version: number;
  /** The parameters as the client gave them, with the vectors that exist. */
  readonly given: KeptParams;
  /** By Qdrant's names. */
  readonly vectors: ReadonlyMap<string, VectorView>;
  /** The unnamed vector, if it is the only field. Silt then returns it as an array, without a name. */
  readonly plain: VectorView | undefined;

  constructor(collection: Collection, settings: CollectionSettings | undefined, version: number) {
    this.version = version;
    this.collection = collection;
    this.settings = settings;
    this.config = collection.config;
    const given = settings?.given;
    const views = viewsOf(collection.config, given ?? {});
    const { vectors: _, sparse_vectors: __, ...others } = given ?? {};
    this.given = { ...others, ...vectorsBy(views, collection.config, given) };
    this.vectors = new Map(views.map((view) => [view.name, view]));
    const { vectors, sparse, text } = collection.config;
    const isAlone = typeof vectors === 'string' && !sparse && !text;
    this.plain = isAlone ? this.vectors.get('') : undefined;
  }

  get name(): string {
    return this.collection.name;
  }

  /** @throws QdrantError 400 */
  vector(name: string | null | undefined): VectorView {
    const view = this.vectors.get(name ?? '');
    if (!view) throw wrongInput(`Not existing vector name error: ${name ?? ''}`);
    return view;
  }

  /** Whether Qdrant would search exactly, as there are few points. */
  isSmall(vector: VectorView): boolean {
    return vector.exactBelow > 0 && this.collection.info().points <= vector.exactBelow;
  }

  /** Whether so much waits to be indexed that Qdrant would leave it out where only what is indexed is asked for. */
  isBehind({ field, size, exactBelow }: VectorView): boolean {
    const kilobytes = this.given.optimizers_config?.indexing_threshold ?? INDEXING_KB;
    if (kilobytes === 0) return false;
    const pending = this.collection.status().fields[field]?.pending ?? 0;
    return pending > Math.max(exactBelow, (kilobytes * 1024) / (size * 4));
  }

  /** Kinds of payload indexes, by path. */
  indexes(): ReadonlyMap<string, string> {
    return new Map(this.collection.info().payloadIndexes.map(({ path, kind }) => [path, kind]));
  }

  /** Parameters of the text index of a path, where some were given. */
  textIndex(path: string): TextIndex | undefined {
    const indexes = this.settings?.indexes ?? {};
    const params = Object.hasOwn(indexes, path) ? indexes[path] : undefined;
    return params?.type === 'text' ? (params as TextIndex) : undefined;
  }

  /** The kind of the payload index of a path. @throws ValidationError for an invalid path */
  indexOf(path: string): string | undefined {
    return this.indexes().get(parsePath(path, 'key').text);
  }
}
