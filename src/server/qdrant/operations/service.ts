/* Operations on the service itself: version, health, state. */
import { createHash } from 'node:crypto';
import type { Database } from '../../../api/database.js';
import type { CollectionStatus } from '../../../api/upkeep.js';
import { find } from '../../../database/find.js';
import type { CollectionClusterInfo, QuotaStatus, TelemetryData, VersionInfo } from '../api/service.js';
import { QdrantError } from '../errors.js';
import type { AnyOperation, Operation } from '../operation.js';
import { TELEMETRY, type TelemetryParams } from '../schema/values.js';
import { type Service, VERSION } from '../service.js';
import type { CollectionView } from '../view.js';
import { memory } from './memory.js';
import { getOptimizations } from './optimizations.js';

/** The id of the only peer, which has the only shard. */
const PEER = 1;

type Plain<R> = Operation<unknown, unknown, R>;

export const root: Plain<VersionInfo> = {
  name: 'root',
  method: 'GET',
  path: '/',
  summary: 'The version of Qdrant whose API this is',
  writes: false,
  form: 'bare',
  handle: () => ({ title: 'qdrant - vector search engine', version: VERSION, commit: null }),
};

const alive: Plain<string> = {
  name: 'livez',
  method: 'GET',
  path: '/livez',
  summary: 'Whether the process answers',
  writes: false,
  form: 'text',
  apart: true,
  handle: () => 'livez check passed',
};

const healthy = (name: string, text: string): Plain<string> => ({
  name,
  method: 'GET',
  path: `/${name}`,
  summary: 'Whether the database is open and accepts writes',
  writes: false,
  form: 'text',
  apart: true,
  handle(service) {
    checkHealth(service);
    return text;
  },
});

interface Health {
  readonly broken: string | undefined;
  /** It is looked at again from then on. */
  readonly until: number;
}

const healths = new WeakMap<Database, Health>();

/** How many times as long as it took it is remembered: of a thousand collections it takes tens of milliseconds, and anybody may ask. */
const REMEMBERED = 100;

function healthOf(database: Database): Health {
  const known = healths.get(database);
  const began = performance.now();
  if (known && began < known.until) return known;
  const broken = database
    .collections()
    .map(({ name }) => database.collection(name).status().errors['poison'])
    .find((why) => why !== undefined);
  const now = performance.now();
  const health = { broken, until: now + REMEMBERED * (now - began) };
  healths.set(database, health);
  return health;
}

/** @throws QdrantError 503 if the process must be restarted; ClosedError */
function checkHealth({ database }: Service): void {
  find(database, ''); // of a database that is closed, nothing is remembered
  const { broken } = healthOf(database);
  if (broken !== undefined) throw new QdrantError(503, `Service internal error: ${broken}`);
}

type Told<R> = Operation<TelemetryParams, unknown, R>;

type Shown = (name: string) => string;

/** How names of collections and vectors are told. */
const shownBy = ({ anonymize }: TelemetryParams): Shown =>
  anonymize ? (name) => createHash('sha256').update(name).digest('hex').slice(0, 16) : (name) => name;

export const telemetry: Told<TelemetryData> = {
  name: 'telemetry',
  method: 'GET',
  path: '/telemetry',
  summary: 'The version, and the collections with their sizes',
  writes: false,
  query: TELEMETRY,
  handle: (service, { query }) => ({
    id: 'silt',
    app: { name: 'qdrant', version: VERSION, startup: service.startedAt.toISOString() },
    collections: {
      number_of_collections: service.names().length,
      collections: service.names().map((name) => {
        const { points, memoryBytes } = service.view(name).collection.info();
        return { id: shownBy(query)(name), points, memory_bytes: memoryBytes };
      }),
    },
  }),
};

interface Sample {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

const escaped = (text: string): string =>
  text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));

/** A metric in the text format of Prometheus. */
function metric(name: string, help: string, samples: readonly Sample[]): string {
  const lines = samples.map(({ labels, value }) => {
    const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escaped(text)}"`);
    return pairs.length === 0 ? `${name} ${value}` : `${name}{${pairs.join(',')}} ${value}`;
  });
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].join('\n');
}

const total = (value: number): readonly Sample[] => [{ labels: {}, value }];

/** How many points have each vector, indexed or not. */
function vectorsOf({ collection, vectors }: CollectionView, name: string, shown: Shown): Sample[] {
  const { fields } = collection.status();
  return [...vectors.values()].map((vector) => ({
    labels: { collection: name, vector: shown(vector.name) },
    value: fields[vector.field]?.points ?? 0,
  }));
}

/** What is measured, as text: the front over HTTP adds what it knows of requests. */
function metricsOf(service: Service, shown: Shown): string {
  const views = service.names().map((name) => [shown(name), service.view(name)] as const);
  const all = views.map(([name, { collection }]) => [name, collection.status()] as const);
  const vectors = views.flatMap(([name, view]) => vectorsOf(view, name, shown));
  const each = (of: (status: CollectionStatus) => number): Sample[] =>
    all.map(([collection, status]) => ({ labels: { collection }, value: of(status) }));
  return `${[
    metric('collections_total', 'number of collections', total(all.length)),
    metric(
      'collections_vector_total',
      'total number of vectors in all collections',
      total(vectors.reduce((sum, { value }) => sum + value, 0)),
    ),
    metric(
      'collection_points',
      'approximate amount of points per collection',
      each(({ points }) => points),
    ),
    metric('collection_vectors', 'amount of vectors grouped by vector name', vectors),
    metric(
      'collection_indexed_points',
      'points that have been indexed',
      each(({ indexed }) => indexed),
    ),
    metric(
      'collection_pending_points',
      'points that are not indexed yet',
      each(({ pending }) => pending),
    ),
    metric(
      'collection_deleted_points',
      'deleted points that take memory',
      each(({ deleted }) => deleted),
    ),
    metric(
      'collection_memory_bytes',
      'bytes of the index',
      each(({ memoryBytes }) => memoryBytes),
    ),
  ].join('\n')}\n`;
}

export const metrics: Told<string> = {
  name: 'metrics',
  method: 'GET',
  path: '/metrics',
  summary: 'Metrics for Prometheus',
  writes: false,
  form: 'text',
  query: TELEMETRY,
  handle: (service, { query }) => metricsOf(service, shownBy(query)),
};

export const cluster: Plain<{ status: 'disabled' }> = {
  name: 'cluster_status',
  method: 'GET',
  path: '/cluster',
  summary: 'Says that there is no cluster',
  writes: false,
  handle: () => ({ status: 'disabled' }),
};

export const collectionCluster: Plain<CollectionClusterInfo> = {
  name: 'collection_cluster_info',
  method: 'GET',
  path: '/collections/{collection_name}/cluster',
  summary: 'The one shard of a collection',
  writes: false,
  handle: (service, { path }) => ({
    peer_id: PEER,
    shard_count: 1,
    local_shards: [
      {
        shard_id: 0,
        points_count: service.view(path['collection_name']!).collection.info().points,
        state: 'Active',
      },
    ],
    remote_shards: [],
    shard_transfers: [],
  }),
};

const getIssues: Plain<{ issues: never[] }> = {
  name: 'get_issues',
  method: 'GET',
  path: '/issues',
  summary: 'Issues: always none',
  writes: false,
  handle: () => ({ issues: [] }),
};

const clearIssues: Plain<boolean> = {
  name: 'clear_issues',
  method: 'DELETE',
  path: '/issues',
  summary: 'Clears issues',
  writes: true,
  handle: () => true,
};

export const listShardKeys: Plain<{ shard_keys: null }> = {
  name: 'list_shard_keys',
  method: 'GET',
  path: '/collections/{collection_name}/shards',
  summary: 'Shard keys: there are none',
  writes: false,
  handle: (service, { path }) => {
    service.view(path['collection_name']!);
    return { shard_keys: null };
  },
};

export const getQuotas: Plain<QuotaStatus> = {
  name: 'get_quotas',
  method: 'GET',
  path: '/quotas',
  summary: 'Quotas: there are none',
  writes: false,
  handle: () => ({ config: {}, usage: {} }),
};

export const SERVICE_OPERATIONS: readonly AnyOperation[] = [
  root,
  healthy('healthz', 'healthz check passed'),
  alive,
  healthy('readyz', 'all shards are ready'),
  telemetry,
  metrics,
  cluster,
  collectionCluster,
  getIssues,
  clearIssues,
  listShardKeys,
  getQuotas,
  getOptimizations,
  memory,
];
