/* What is asked of the service itself: version, health, state. */
import type {
  CollectionClusterInfo,
  OptimizationsResponse,
  QuotaStatus,
  TelemetryData,
  VersionInfo,
} from '../api/service.js';
import type { Payload } from '../api/values.js';
import { QdrantError } from '../errors.js';
import type { AnyOperation, Operation } from '../operation.js';
import { type Schema, schemaOf, Type } from '../schema/schema.js';
import { type Service, VERSION } from '../service.js';

/** There is one peer, with one shard. */
const PEER = 1;

type Plain<R> = Operation<unknown, unknown, R>;

export const root: Plain<VersionInfo> = {
  name: 'root',
  method: 'GET',
  path: '/',
  summary: 'The version of Qdrant whose requests these are',
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
  summary: 'Whether the database is open and takes what it is given',
  writes: false,
  form: 'text',
  apart: true,
  handle(service) {
    checkHealth(service);
    return text;
  },
});

/** @throws QdrantError 503 where only a new start helps */
function checkHealth({ database }: Service): void {
  const broken = database
    .collections()
    .map(({ name }) => database.collection(name).status().errors['poison'])
    .find((why) => why !== undefined);
  if (broken !== undefined) throw new QdrantError(503, `Service internal error: ${broken}`);
}

export const telemetry: Plain<TelemetryData> = {
  name: 'telemetry',
  method: 'GET',
  path: '/telemetry',
  summary: 'What the service is and holds',
  writes: false,
  handle: (service) => ({
    id: 'silt',
    app: { name: 'qdrant', version: VERSION, startup: service.startedAt.toISOString() },
    collections: {
      number_of_collections: service.names().length,
      collections: service.names().map((name) => {
        const { points, memoryBytes } = service.view(name).collection.info();
        return { id: name, points, memory_bytes: memoryBytes };
      }),
    },
  }),
};

/** A metric in the text format of Prometheus: its lines, of each collection one. */
function metric(
  name: string,
  help: string,
  values: readonly (readonly [collection: string | undefined, value: number])[],
): string {
  const escaped = (text: string): string =>
    text.replace(/[\\"\n]/g, (sign) => (sign === '\n' ? '\\n' : `\\${sign}`));
  const lines = values.map(([collection, value]) =>
    collection === undefined ? `${name} ${value}` : `${name}{collection="${escaped(collection)}"} ${value}`,
  );
  return [`# HELP ${name} ${help}`, `# TYPE ${name} gauge`, ...lines].join('\n');
}

/** What is measured, as text: the front over HTTP adds what it knows of requests. */
function metricsOf(service: Service): string {
  const all = service.names().map((name) => [name, service.view(name).collection.status()] as const);
  const each = (of: (status: (typeof all)[number][1]) => number) =>
    all.map(([name, status]) => [name, of(status)] as const);
  return `${[
    metric('collections_total', 'number of collections', [[undefined, all.length]]),
    metric(
      'collection_points',
      'approximate amount of points per collection',
      each(({ points }) => points),
    ),
    metric(
      'collection_vectors',
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

export const metrics: Plain<string> = {
  name: 'metrics',
  method: 'GET',
  path: '/metrics',
  summary: 'Numbers for Prometheus',
  writes: false,
  form: 'text',
  handle: metricsOf,
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
  summary: 'Issues that were found: none are looked for',
  writes: false,
  handle: () => ({ issues: [] }),
};

const clearIssues: Plain<boolean> = {
  name: 'clear_issues',
  method: 'DELETE',
  path: '/issues',
  summary: 'Forgets issues',
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

interface OptimizationsParams {
  with?: string;
  completed_limit?: number;
}

const OPTIMIZATIONS_PARAMS: Schema<OptimizationsParams> = schemaOf<OptimizationsParams>()(
  Type.Object({
    with: Type.Optional(Type.String()),
    completed_limit: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
);

/** The background build of the index, as the one optimization that there is. */
export const getOptimizations: Operation<OptimizationsParams, unknown, OptimizationsResponse> = {
  name: 'get_optimizations',
  method: 'GET',
  path: '/collections/{collection_name}/optimizations',
  summary: 'How far the index is built',
  writes: false,
  query: OPTIMIZATIONS_PARAMS,
  handle(service, { path }) {
    const { collection, name } = service.view(path['collection_name']!);
    const { pending, points, linkedPerSecond } = collection.status();
    const segments = [{ uuid: name, points_count: points }];
    const runs = pending > 0 && linkedPerSecond > 0;
    const waits = pending > 0 && !runs;
    return {
      summary: {
        queued_optimizations: waits ? 1 : 0,
        queued_segments: waits ? 1 : 0,
        queued_points: waits ? pending : 0,
        idle_segments: pending === 0 ? 1 : 0,
      },
      running: runs
        ? [
            {
              uuid: name,
              optimizer: 'indexing',
              status: 'optimizing',
              segments,
              progress: { name: 'indexing', done: points - pending, total: points },
            },
          ]
        : [],
      queued: waits ? [{ optimizer: 'indexing', segments }] : [],
      completed: [],
      idle_segments: pending === 0 ? segments : [],
    };
  },
};

export const memory: Plain<Payload> = {
  name: 'collection_memory',
  method: 'GET',
  path: '/collections/{collection_name}/memory',
  summary: 'Bytes that a collection takes in memory',
  writes: false,
  handle: (service, { path }) => {
    const { memoryBytes } = service.view(path['collection_name']!).collection.info();
    return { memory_bytes: memoryBytes };
  },
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
