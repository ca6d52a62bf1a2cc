/* Tools that write: a server for reading does not have them. */
import { randomUUID } from 'node:crypto';
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Collection } from '../../api/collection.js';
import type { Database } from '../../api/database.js';
import type { Filter } from '../../api/filter.js';
import type { PointInput } from '../../api/points.js';
import { ValidationError } from '../../base/errors.js';
import { collectionsOf } from '../frame/database.js';
import { answerOf } from './answers.js';
import { collectionFor } from './collections.js';
import { COLLECTION, FILTER } from './reading.js';
import { ID, idOf } from './values.js';

const MOST = 1_000;
const WRITES = { readOnlyHint: false, destructiveHint: true, openWorldHint: false };

const NUMBERS = z.array(z.number());
const VECTOR = z.union([
  NUMBERS,
  z.record(z.string(), z.union([NUMBERS, z.array(NUMBERS), z.object({ indices: NUMBERS, values: NUMBERS })])),
]);

const POINT = z.object({
  id: ID.optional().describe('Its id; without one, it gets a UUID'),
  vector: VECTOR.optional().describe('Its vector, or vectors by the names of fields'),
  payload: z.record(z.string(), z.unknown()).optional().describe('Any JSON object; fields of text read it'),
});

const STORE = z.object({
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

/** The collection that is meant; made, where that is asked for and it is missing. */
async function targetOf(database: Database, { collection, create, points }: Store): Promise<Collection> {
  if (create === undefined || collection === undefined || collectionsOf(database).includes(collection))
    return collectionFor(database, collection);
  const { metric, textPath } = create;
  const [{ vector } = {}] = points;
  if (vector !== undefined && !Array.isArray(vector))
    throw new ValidationError(
      'INVALID_OPTION',
      'create makes collections with one vector a point: give vector as a list of numbers',
    );
  const text = textPath === undefined ? undefined : { text: { path: textPath } };
  return vector === undefined
    ? database.createCollection(collection, { text })
    : database.createCollection(collection, { dimension: vector.length, metric, text });
}

async function store(database: Database, asked: Store): Promise<object> {
  const target = await targetOf(database, asked);
  const points = asked.points.map(({ id, ...rest }) => ({
    id: id === undefined ? randomUUID() : idOf(id),
    ...rest,
  }));
  await target.upsert(points as PointInput[]);
  return { collection: target.name, ids: points.map(({ id }) => id) };
}

export function registerWriting(server: McpServer, database: Database): void {
  server.registerTool(
    'silt_store',
    {
      title: 'Store points',
      description:
        'Stores points, all or none; they are on disk and found when this answers. A point of the same id is replaced.',
      inputSchema: STORE,
      annotations: { ...WRITES, idempotentHint: false },
    },
    (asked) => answerOf(() => store(database, asked)),
  );
  server.registerTool(
    'silt_delete',
    {
      title: 'Delete points',
      description: 'Deletes points by their ids, or all that match a filter: exactly one of the two.',
      inputSchema: z.object({
        collection: COLLECTION,
        ids: z.array(ID).min(1).max(MOST).optional(),
        filter: FILTER.optional(),
      }),
      annotations: { ...WRITES, idempotentHint: true },
    },
    ({ collection, ids, filter }) =>
      answerOf(async () => {
        if ((ids === undefined) === (filter === undefined))
          throw new ValidationError('INVALID_OPTION', 'exactly one of ids and filter says which points');
        const { deleted } = await collectionFor(database, collection).delete(
          ids ? ids.map(idOf) : { filter: filter as Filter },
        );
        return { deleted };
      }),
  );
}
