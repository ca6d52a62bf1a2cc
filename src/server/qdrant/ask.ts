/* How queries are answered: a search where a vector alone is compared with, which most are, else a tree. */

import type { PayloadChoice, VectorChoice } from '../../api/points.js';
import type { GroupsQuery, Query as SiltQuery, Prefetch as SiltStep } from '../../api/query.js';
import type { QueryLike, SearchOptions } from '../../api/reading.js';
import { keyTextOf, type PointId } from '../../base/ids.js';
import type { GroupsResult, PointGroup, QueryGroupsRequest, QueryRequest, WithLookup } from './api/query.js';
import type { PointRecord, ScoredPoint } from './api/values.js';
import { asId } from './ids.js';
import { lookedUp } from './lookup.js';
import { stepIn } from './query.js';
import { recordsOf } from './records.js';
import { scoredOut, type Wanted, withPayloadIn } from './results.js';
import type { Service } from './service.js';
import { withVectorIn } from './vectors.js';
import type { CollectionView } from './view.js';

/** Members of a query that a search has not. */
const OF_TREES = ['mmr', 'recommend', 'discover', 'context', 'orderBy', 'sample', 'fusion', 'formula'];

const isSearch = ({ query, prefetch }: SiltStep): boolean =>
  query !== undefined && prefetch === undefined && !OF_TREES.some((name) => name in (query as object));

const wantedOf = ({
  with_payload,
  with_vector,
}: Pick<QueryRequest, 'with_payload' | 'with_vector'>): Wanted => ({
  payload: withPayloadIn(with_payload, false),
  vector: with_vector,
});

type AnySearch = SearchOptions<Record<string, unknown>, PayloadChoice, VectorChoice>;
type AnyQuery = SiltQuery<Record<string, unknown>, PayloadChoice, VectorChoice>;

export async function ask(service: Service, name: string, request: QueryRequest): Promise<ScoredPoint[]> {
  const view = service.view(name);
  const step = stepIn(view, await lookedUp(service, request));
  const wanted = wantedOf(request);
  const options = {
    ...step,
    ...(request.offset && { offset: request.offset }),
    withPayload: wanted.payload,
    withVector: withVectorIn(view, wanted.vector),
  };
  const hits = isSearch(step)
    ? await search(view, options as AnySearch & { query: QueryLike })
    : await view.collection.query(options as AnyQuery);
  const out = new Array<ScoredPoint>(hits.length);
  for (let i = 0; i < hits.length; i++) out[i] = scoredOut(view, hits[i]!, wanted);
  return out;
}

function search(view: CollectionView, { query, ...options }: AnySearch & { query: QueryLike }) {
  return view.collection.search(query, options);
}

export async function askGroups(
  service: Service,
  name: string,
  request: QueryGroupsRequest,
): Promise<GroupsResult> {
  const view = service.view(name);
  const groups = request.limit ?? 10;
  const groupSize = request.group_size ?? 3;
  const wanted = wantedOf(request);
  const found = await view.collection.queryGroups({
    ...stepIn(view, { ...(await lookedUp(service, request)), limit: groups * groupSize }),
    groupBy: request.group_by,
    groupSize,
    groups,
    withPayload: wanted.payload,
    withVector: withVectorIn(view, wanted.vector),
  } as GroupsQuery<Record<string, unknown>, PayloadChoice, VectorChoice>);
  const out = found.map(({ key, hits }) => ({
    id: key as PointGroup['id'],
    hits: hits.map((hit) => scoredOut(view, hit, wanted)),
  }));
  const { with_lookup } = request;
  if (!with_lookup) return { groups: out };
  return {
    groups: await withLookups(
      service,
      out,
      typeof with_lookup === 'string' ? { collection: with_lookup } : with_lookup,
    ),
  };
}

/** Each group with the point of another collection whose id it is. */
async function withLookups(
  service: Service,
  groups: readonly PointGroup[],
  { collection, with_payload, with_vectors }: WithLookup,
): Promise<PointGroup[]> {
  const ids = groups.flatMap(({ id }) => asId(id) ?? []);
  const records = await recordsOf(service.view(collection), ids, {
    payload: withPayloadIn(with_payload, true),
    vector: with_vectors,
  });
  const byId = new Map<string, PointRecord>(
    records.map((record) => [keyTextOf(record.id as PointId), record]),
  );
  return groups.map((group) => {
    const id = asId(group.id);
    return { ...group, lookup: (id !== undefined && byId.get(keyTextOf(id))) || null };
  });
}
