/* Tools that read. */
import type { McpServer } from '@modelcontextprotocol/server';
import * as z from 'zod';
import type { Filter } from '../../api/filter.js';
import type { QueryLike } from '../../api/reading.js';
import { ValidationError } from '../../base/errors.js';
import type { Asked, Place } from '../served/asked.js';
import { COLLECTIONS, DESCRIPTION, HITS, POINTS } from './answered.js';
import { answerOf } from './answers.js';
import { collectionFor, described, listed, textFieldOf } from './collections.js';
import { ID, idOf } from './values.js';

const READS = { readOnlyHint: true, openWorldHint: false };
const MOST = 1_000;

export const COLLECTION: z.ZodOptional<z.ZodString> = z
  .string()
  .optional()
  .describe('The name of the collection; may be left out where there is only one');
export const FILTER: z.ZodRecord<z.ZodString, z.ZodUnknown> = z
  .record(z.string(), z.unknown())
  .describe('Only points that match: {"must":[{"key":"lang","match":{"value":"en"}}]}, as Qdrant writes it');

const FIND = z.strictObject({
  collection: COLLECTION,
  vector: z.array(z.number()).optional().describe('The nearest to this vector'),
  text: z.string().optional().describe('By these words, in a field of text of the collection'),
  id: ID.optional().describe('Like this stored point, which is left out'),
  using: z.string().optional().describe('The field that is searched, where there are several'),
  filter: FILTER.optional(),
  limit: z.int().min(1).max(MOST).default(10).describe('How many points'),
  withVector: z.boolean().default(false).describe('With their vectors'),
});

type Find = z.infer<typeof FIND>;

function queryOf({ vector, text, id }: Find): QueryLike {
  const given = [vector, text, id].filter((one) => one !== undefined);
  if (given.length !== 1)
    throw new ValidationError('INVALID_OPTION', `exactly one of vector, text and id, got ${given.length}`);
  if (text !== undefined) return { text };
  return vector ?? { id: idOf(id!) };
}

async function find(collection: Asked, asked: Find, signal: AbortSignal): Promise<object> {
  const { filter, limit: k, withVector } = asked;
  const query = queryOf(asked);
  const using = asked.text === undefined ? asked.using : textFieldOf(collection, asked.using);
  const hits = await collection.search(query, { using, k, withVector, signal, filter: filter as Filter });
  return { hits };
}

export function registerReading(server: McpServer, place: Place): void {
  server.registerTool(
    'silt_list_collections',
    {
      title: 'List collections',
      description: 'Lists the collections of the database: names, points, dimension, fields of text.',
      inputSchema: z.strictObject({}),
      outputSchema: COLLECTIONS,
      annotations: READS,
    },
    () => answerOf(async () => ({ collections: await listed(place) })),
  );
  server.registerTool(
    'silt_describe',
    {
      title: 'Describe a collection',
      description: 'Says what a collection has: points, fields with metric and dimension, payload indexes.',
      inputSchema: z.strictObject({ collection: COLLECTION }),
      outputSchema: DESCRIPTION,
      annotations: READS,
    },
    ({ collection }) => answerOf(async () => described(await collectionFor(place, collection))),
  );
  server.registerTool(
    'silt_find',
    {
      title: 'Find points',
      description:
        'Finds points by a vector, by words (text), or like a stored point (id): exactly one of them. Gives ids, scores and payloads, best first.',
      inputSchema: FIND,
      outputSchema: HITS,
      annotations: READS,
    },
    (asked, { mcpReq }) =>
      answerOf(async () => find(await collectionFor(place, asked.collection), asked, mcpReq.signal)),
  );
  server.registerTool(
    'silt_get',
    {
      title: 'Get points',
      description: 'Reads points by their ids. Ids without a point are in missing.',
      inputSchema: z.strictObject({
        collection: COLLECTION,
        ids: z.array(ID).min(1).max(MOST),
        withVector: z.boolean().default(false).describe('With their vectors'),
      }),
      outputSchema: POINTS,
      annotations: READS,
    },
    ({ collection, ids, withVector }) =>
      answerOf(async () => {
        const wanted = ids.map(idOf);
        const got = await (await collectionFor(place, collection)).getMany(wanted);
        const points = got
          .filter((point) => point !== undefined)
          .map((point) => (withVector ? point : { ...point, vector: undefined }));
        return { points, missing: wanted.filter((_, at) => got[at] === undefined) };
      }),
  );
}
