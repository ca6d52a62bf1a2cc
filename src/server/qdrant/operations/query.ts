/* Queries, facets, matrices. */
import { keyTextOf } from '../../../base/ids.js';
import type {
  FacetRequest,
  FacetResponse,
  GroupsResult,
  QueryGroupsRequest,
  QueryRequest,
  QueryRequestBatch,
  QueryResponse,
  SearchMatrixOffsetsResponse,
  SearchMatrixPairsResponse,
  SearchMatrixRequest,
} from '../api/query.js';
import type { ReadParams } from '../api/values.js';
import { ask, askMany } from '../ask.js';
import { wrongInput } from '../errors.js';
import { filterIn } from '../filter.js';
import { scoreOut } from '../floats.js';
import { askGroups } from '../groups.js';
import { asId, idOut } from '../ids.js';
import { matrixOf } from '../matrix.js';
import type { AnyOperation, Operation } from '../operation.js';
import { FACET, MATRIX, QUERIES, QUERY, QUERY_GROUPS } from '../schema/query.js';
import { READ_PARAMS } from '../schema/values.js';

export const queryPoints: Operation<ReadParams, QueryRequest, QueryResponse> = {
  name: 'query_points',
  method: 'POST',
  path: '/collections/{collection_name}/points/query',
  summary: 'The points of a query: nearest, recommend, discover, fusion, formula, order, sample',
  writes: false,
  query: READ_PARAMS,
  body: QUERY,
  bodyOptional: true,
  handle: (service, { path, body, room }) =>
    ask(service, path['collection_name']!, body, room).then((points) => ({ points })),
};

export const queryBatch: Operation<ReadParams, QueryRequestBatch, QueryResponse[]> = {
  name: 'query_batch_points',
  method: 'POST',
  path: '/collections/{collection_name}/points/query/batch',
  summary: 'Several queries',
  writes: false,
  query: READ_PARAMS,
  body: QUERIES,
  handle: async (service, { path, body, room }) => {
    const found = await askMany(service, path['collection_name']!, body.searches, room);
    return found.map((points) => ({ points }));
  },
};

export const queryGroups: Operation<ReadParams, QueryGroupsRequest, GroupsResult> = {
  name: 'query_points_groups',
  method: 'POST',
  path: '/collections/{collection_name}/points/query/groups',
  summary: 'The best points of a query, by groups of one value',
  writes: false,
  query: READ_PARAMS,
  body: QUERY_GROUPS,
  handle: (service, { path, body, room }) => askGroups(service, path['collection_name']!, body, room),
};

/** Kinds of payload indexes whose values can be counted. */
const FACETED = ['keyword', 'integer', 'bool', 'uuid'];

type FacetHit = FacetResponse['hits'][number];

/** An index of UUIDs has these and no other texts, in one form. */
function uuidHit({ value, count }: FacetHit): FacetHit[] {
  const id = typeof value === 'string' ? asId(value) : undefined;
  return typeof id === 'string' ? [{ value: id, count }] : [];
}

export const facet: Operation<ReadParams, FacetRequest, FacetResponse> = {
  name: 'facet',
  method: 'POST',
  path: '/collections/{collection_name}/facet',
  summary: 'How many points have each value at a path',
  writes: false,
  query: READ_PARAMS,
  body: FACET,
  async handle(service, { path, body, room: { signal } }) {
    const view = service.view(path['collection_name']!);
    const { key } = body;
    const kind = view.indexOf(key) ?? '';
    if (!FACETED.includes(kind))
      throw wrongInput(
        `No appropriate index for faceting: \`${key}\`. Please create one to facet on this field. Check https://qdrant.tech/documentation/concepts/indexing/#payload-index to see which payload schemas support Match conditions`,
      );
    const filter = filterIn(view, body.filter);
    const hits = await view.collection.facet(key, {
      limit: body.limit ?? 10,
      ...(filter && { filter }),
      ...(signal && { signal }),
    });
    return { hits: kind === 'uuid' ? hits.flatMap(uuidHit) : hits };
  },
};

export const matrixPairs: Operation<ReadParams, SearchMatrixRequest, SearchMatrixPairsResponse> = {
  name: 'search_matrix_pairs',
  method: 'POST',
  path: '/collections/{collection_name}/points/search/matrix/pairs',
  summary: 'How near the points of a sample are to one another, as pairs',
  writes: false,
  query: READ_PARAMS,
  body: MATRIX,
  bodyOptional: true,
  async handle(service, { path, body, room }) {
    const { pairs } = await matrixOf(service.view(path['collection_name']!), body, room);
    return { pairs: pairs.map(({ a, b, score }) => ({ a: idOut(a), b: idOut(b), score: scoreOut(score) })) };
  },
};

export const matrixOffsets: Operation<ReadParams, SearchMatrixRequest, SearchMatrixOffsetsResponse> = {
  name: 'search_matrix_offsets',
  method: 'POST',
  path: '/collections/{collection_name}/points/search/matrix/offsets',
  summary: 'How near the points of a sample are to one another, as a sparse matrix',
  writes: false,
  query: READ_PARAMS,
  body: MATRIX,
  bodyOptional: true,
  async handle(service, { path, body, room }) {
    const { ids, pairs } = await matrixOf(service.view(path['collection_name']!), body, room);
    const places = new Map(ids.map((id, place) => [keyTextOf(id), place]));
    return {
      offsets_row: pairs.map(({ a }) => places.get(keyTextOf(a))!),
      offsets_col: pairs.map(({ b }) => places.get(keyTextOf(b))!),
      scores: pairs.map(({ score }) => scoreOut(score)),
      ids: ids.map(idOut),
    };
  },
};

export const QUERY_OPERATIONS: readonly AnyOperation[] = [
  queryPoints,
  queryBatch,
  queryGroups,
  facet,
  matrixPairs,
  matrixOffsets,
];
