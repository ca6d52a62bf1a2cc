/* Reports the background build of the index as Qdrant reports an optimization. */
import { createHash } from 'node:crypto';
import type { FieldStatus } from '../../../api/upkeep.js';
import type { OptimizationsResponse, ProgressTree } from '../api/service.js';
import { wrongInput } from '../errors.js';
import type { Operation } from '../operation.js';
import { type Schema, schemaOf, Type } from '../schema/schema.js';
import type { CollectionView } from '../view.js';

interface OptimizationsParams {
  /** Lists that are wanted, with commas between. */
  with?: string;
  completed_limit?: number;
}

const OPTIMIZATIONS_PARAMS: Schema<OptimizationsParams> = schemaOf<OptimizationsParams>()(
  Type.Object({
    with: Type.Optional(Type.String()),
    completed_limit: Type.Optional(Type.Integer({ minimum: 0 })),
  }),
);

/** Qdrant identifies segments by UUID. A collection has one segment here, and its UUID must stay the same. */
function segmentOf({ collection }: CollectionView): string {
  const { name, createdAt } = collection.info();
  const digits = createHash('sha256').update(`${name}\n${createdAt}`).digest('hex');
  // Version 8: the other digits are free to choose.
  const parts = [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `8${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
  ];
  return [...parts, digits.slice(20, 32)].join('-');
}

const LISTS = ['queued', 'completed', 'idle_segments'];

/** @throws QdrantError 400 for a list that there is not */
function listsIn(text = ''): ReadonlySet<string> {
  const names = text
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const unknown = names.find((name) => !LISTS.includes(name));
  if (unknown !== undefined) throw wrongInput(`Unknown field in 'with' parameter: ${unknown.slice(0, 100)}`);
  return new Set(names);
}

const since = (ms: number): string => new Date(Date.now() - ms).toISOString();

/** The vectors with pending points. `done` counts indexed points. */
function progressOf(view: CollectionView, fields: Readonly<Record<string, FieldStatus>>): ProgressTree[] {
  return [...view.vectors.values()].flatMap(({ name, field }) => {
    const status = fields[field];
    if (!status || status.pending === 0) return [];
    const { points, pending, oldestPendingMs } = status;
    return [{ name, started_at: since(oldestPendingMs), done: points - pending, total: points }];
  });
}

export const getOptimizations: Operation<OptimizationsParams, unknown, OptimizationsResponse> = {
  name: 'get_optimizations',
  method: 'GET',
  path: '/collections/{collection_name}/optimizations',
  summary: 'How far the index is built',
  writes: false,
  query: OPTIMIZATIONS_PARAMS,
  handle(service, { path, query }) {
    const wanted = listsIn(query.with);
    const view = service.view(path['collection_name']!);
    const { pending, points, linkedPerSecond, oldestPendingMs, fields } = view.collection.status();
    const uuid = segmentOf(view);
    const segments = [{ uuid, points_count: points }];
    const runs = pending > 0 && linkedPerSecond > 0;
    const waits = pending > 0 && !runs;
    const progress = {
      name: 'indexing',
      started_at: since(oldestPendingMs),
      done: points - pending,
      total: points,
      children: progressOf(view, fields),
    };
    return {
      summary: {
        queued_optimizations: waits ? 1 : 0,
        queued_segments: waits ? 1 : 0,
        queued_points: waits ? pending : 0,
        idle_segments: pending === 0 ? 1 : 0,
      },
      running: runs ? [{ uuid, optimizer: 'indexing', status: 'optimizing', segments, progress }] : [],
      ...(wanted.has('queued') && { queued: waits ? [{ optimizer: 'indexing', segments }] : [] }),
      // None is remembered.
      ...(wanted.has('completed') && { completed: [] }),
      ...(wanted.has('idle_segments') && { idle_segments: pending === 0 ? segments : [] }),
    };
  },
};
