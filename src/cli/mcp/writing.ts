/* Tools that write: a server for reading does not have them. */
import { randomUUID } from 'node:crypto';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { CollectionConfig } from '../../api/config.js';
import type { Filter } from '../../api/filter.js';
import type { PointInput } from '../../api/points.js';
import { ValidationError } from '../../base/errors.js';
import type { Asked, Place } from '../served/asked.js';
import { answerOf } from './answers.js';
import { collectionFor } from './collections.js';
import { COLLECTION, FILTER } from './reading.js';
import { ID, idOf, STORED_ID } from './values.js';

const MOST = 1_000;
const WRITES = { readOnlyHint: false, destructiveHint: true, openWorldHint: false };

const NUMBERS = z.array(z.number());
const VECTOR = z.union([
  NUMBERS,
  z.record(z.string(), z.union([NUMBERS, z.array(NUMBERS), z.object({ indices: NUMBERS, values: NUMBERS })])),
]);

const POINT = z.strictObject({
  id: ID.optional().describe('Its id; without one, it gets a UUID'),
  vector: VECTOR.optional().describe('Its vector, or vectors by the names of fields'),
  payload: z.record(z.string(), z.unknown()).optional().describe('Any JSON object; fields of text read it'),
});

const STORE = z.strictObject({
  collection: COLLECTION,
  points: z.array(POINT).min(1).max(MOST),
  create: z
    .object({
      metric: z.enum(['cosine', 'dot', 'euclidean', 'manhattan']).default('cosine'),
      textPath: z.string().optional().describe('The member of payloads that is searched by words: "text"'),
    })
    .optional()
    .describe('Makes the collection if it is missing; the first vector gives the dimension'),
});

type Store = z.infer<typeof STORE>;

/** What a collection for these points is like. @throws ValidationError */
function configOf({ points, create }: Store): CollectionConfig {
  const { metric = 'cosine', textPath } = create ?? {};
  const text = textPath === undefined ? undefined : { text: { path: textPath } };
  const vector = points.find((point) => point.vector !== undefined)?.vector;
  if (vector === undefined) return { text };
  if (Array.isArray(vector)) return { dimension: vector.length, metric, text };
  throw new ValidationError(
    'INVALID_OPTION',
    'create makes collections with one vector a point: give vector as a list of numbers',
  );
}

/** What a new collection refuses, one in memory refuses first: none is made for points that it does not take. */
async function tryIn(config: CollectionConfig, points: readonly PointInput[]): Promise<void> {
  const { open } = await import('../../index.js');
  await using database = await open();
  await (await database.createCollection('tried', config)).upsert(points);
}

/** Another call may have made it meanwhile. */
function unlessThere(error: { readonly code?: string | null }): void {
  if (error.code !== 'COLLECTION_EXISTS') throw error;
}

async function store(place: Place, asked: Store, signal: AbortSignal): Promise<object> {
  const { collection: name, create } = asked;
  const points = asked.points.map(({ id, ...rest }) => ({
    id: id === undefined ? randomUUID() : idOf(id),
    ...rest,
  })) as PointInput[];
  let target: Asked;
  if (create !== undefined && name !== undefined && !(await place.names()).includes(name)) {
    const config = configOf(asked);
    await tryIn(config, points);
    await place.create(name, config).catch(unlessThere);
    target = await place.collection(name);
  } else target = await collectionFor(place, name);
  await target.upsert(points, { signal });
  return { collection: target.name, ids: points.map(({ id }) => id) };
}

export function registerWriting(server: McpServer, place: Place): void {
  server.registerTool(
    'silt_store',
    {
      title: 'Store points',
      description:
        'Stores points, all or none; they are on disk and found when this answers. A point of the same id is replaced.',
      inputSchema: STORE,
      outputSchema: z.object({ collection: z.string(), ids: z.array(STORED_ID) }),
      annotations: { ...WRITES, idempotentHint: false },
    },
    (asked, { mcpReq }) => answerOf(() => store(place, asked, mcpReq.signal)),
  );
  server.registerTool(
    'silt_delete',
    {
      title: 'Delete points',
      description:
        'Deletes points by their ids, or all that match a filter: exactly one of the two. An empty filter is refused.',
      inputSchema: z.strictObject({
        collection: COLLECTION,
        ids: z.array(ID).min(1).max(MOST).optional(),
        filter: FILTER.optional(),
      }),
      outputSchema: z.object({ deleted: z.int() }),
      annotations: { ...WRITES, idempotentHint: true },
    },
    ({ collection, ids, filter }, { mcpReq: { signal } }) =>
      answerOf(async () => {
        if ((ids === undefined) === (filter === undefined))
          throw new ValidationError('INVALID_OPTION', 'exactly one of ids and filter says which points');
        // Models fill in what they may leave out.
        if (filter && Object.keys(filter).length === 0)
          throw new ValidationError(
            'INVALID_OPTION',
            'an empty filter would delete all points: give it a condition',
          );
        const { deleted } = await (await collectionFor(place, collection)).delete(
          ids ? ids.map(idOf) : { filter: filter as Filter },
          { signal },
        );
        return { deleted };
      }),
  );
}
