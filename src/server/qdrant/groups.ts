/*
 * Queries by groups. Where points come from prefetches, those of a group may run out before it is full: then these are asked again,
 * for the groups that are short alone, as Qdrant does.
 */
import type { FilterCondition, Filter as SiltFilter } from '../../api/filter.js';
import type { PayloadChoice, VectorChoice } from '../../api/points.js';
import type { GroupsQuery, Group as SiltGroup } from '../../api/query.js';
import { keyTextOf, type PointId } from '../../base/ids.js';
import { K_MAX } from '../../base/limits.js';
import { TAKE } from '../../collection/read/take.js';
import type { OrderByInterface } from './api/points.js';
import type { GroupsResult, PointGroup, Prefetch, QueryGroupsRequest, WithLookup } from './api/query.js';
import type { PointRecord } from './api/values.js';
import { boundsOf, wantedOf } from './ask.js';
import { asId } from './ids.js';
import { prepared } from './lookup.js';
import type { Room } from './operation.js';
import { belowOf, isAsked, isByDistance, orderIn, stepIn } from './query.js';
import { recordsOf } from './records.js';
import { scoredOut, withPayloadIn } from './results.js';
import type { Service } from './service.js';
import { withVectorIn } from './vectors.js';
import type { CollectionView } from './view.js';

type Any = Record<string, unknown>;
type AskedGroups = GroupsQuery<Any, PayloadChoice, VectorChoice>;
type FoundGroup = SiltGroup<Any, PayloadChoice, VectorChoice>;

/** How often groups are asked for again. */
const ROUNDS = 5;

/** What holds for the points of these groups. */
function inGroups(key: string, groups: readonly FoundGroup[]): FilterCondition {
  const keys = groups.map((group) => group.key);
  return {
    should: ['string', 'number', 'boolean'].map((type) => ({
      key,
      match: { any: keys.filter((one) => typeof one === type) as string[] },
    })),
  };
}

type Ask = (filter: FilterCondition, groups: number) => Promise<FoundGroup[]>;

/** Groups of which the first points were too far back, in the place of none. */
async function addOthers(found: FoundGroup[], key: string, wanted: number, ask: Ask): Promise<void> {
  for (let round = 0; round < ROUNDS && found.length < wanted; round++) {
    const others = await ask({ must_not: [inGroups(key, found)] }, wanted - found.length);
    if (others.length === 0) return;
    found.push(...others);
  }
}

/** Points of groups that are short of them. What is found for fewer groups has all that was found for more. */
async function fill(found: FoundGroup[], key: string, size: number, ask: Ask): Promise<void> {
  for (let round = 0; round < ROUNDS; round++) {
    const short = found.filter(({ hits }) => hits.length < size);
    if (short.length === 0) return;
    let fuller = false;
    for (const group of await ask(inGroups(key, short), short.length)) {
      const at = found.findIndex((one) => one.key === group.key);
      if (at < 0 || group.hits.length <= found[at]!.hits.length) continue;
      found[at] = group;
      fuller = true;
    }
    if (!fuller) return;
  }
}

type FoundHit = FoundGroup['hits'][number];

/** Which of two points is the better one, as Array.sort takes it; undefined where no score or value says so. */
function ranking(view: CollectionView, step: Prefetch): ((a: FoundHit, b: FoundHit) => number) | undefined {
  const { query } = step;
  if (isAsked(step, 'sample') || isAsked(step, 'mmr')) return undefined;
  if (isAsked(step, 'order_by')) {
    const { direction } = orderIn(view, (query as { order_by: OrderByInterface }).order_by);
    const sign = direction === 'desc' ? -1 : 1;
    return (a, b) => sign * (a.orderValue! - b.orderValue!);
  }
  const sign = isByDistance(view, step) ? 1 : -1;
  return (a, b) => sign * (a.score - b.score);
}

async function foundGroups(
  view: CollectionView,
  step: Prefetch,
  query: AskedGroups,
): Promise<readonly FoundGroup[]> {
  const { collection } = view;
  const found = await collection.queryGroups(query);
  const { groupBy, groupSize = 3, groups = 10 } = query;
  // Without prefetches, Silt goes on by itself until groups are full.
  if (query.prefetch === undefined || found.length === 0) return found;
  const ask: Ask = (only, count) => {
    const filter: SiltFilter = { must: [...(query.filter ? [query.filter] : []), only] };
    // What is read again is not counted again.
    return collection.queryGroups({ ...query, filter, groups: count, [TAKE]: undefined } as AskedGroups);
  };
  await addOthers(found, groupBy, groups, ask);
  await fill(found, groupBy, groupSize, ask);
  // Scores of fusions depend on what they are among: what was found later may be better.
  const rank = ranking(view, step);
  return rank ? found.sort(({ hits: [a] }, { hits: [b] }) => rank(a!, b!)) : found;
}

/** Prefetches of so many times as many points, for groups to be filled from: as Qdrant does. */
function widened<T extends Prefetch>(step: T, times: number): T {
  const below = belowOf(step).map(([one]) => {
    const limit = Math.min((one.limit ?? 10) * times, K_MAX);
    return widened({ ...one, limit }, times);
  });
  return below.length === 0 ? step : { ...step, prefetch: below };
}

export async function askGroups(
  service: Service,
  name: string,
  request: QueryGroupsRequest,
  room: Room,
): Promise<GroupsResult> {
  const view = service.view(name);
  const groups = request.limit ?? 10;
  const groupSize = request.group_size ?? 3;
  const wanted = wantedOf(request);
  const step = widened(await prepared(service, name, request), groupSize);
  const found = await foundGroups(view, step, {
    ...stepIn(view, { ...step, limit: groups * groupSize }),
    groupBy: request.group_by,
    groupSize,
    groups,
    withPayload: wanted.payload,
    withVector: withVectorIn(view, wanted.vector),
    withSeq: true,
    ...boundsOf(room, wanted),
  } as AskedGroups);
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
      room,
    ),
  };
}

/** Each group with the point of another collection whose id it is. */
async function withLookups(
  service: Service,
  groups: readonly PointGroup[],
  { collection, with_payload, with_vectors }: WithLookup,
  room: Room,
): Promise<PointGroup[]> {
  const ids = groups.flatMap(({ id }) => asId(id) ?? []);
  const records = await recordsOf(
    service.view(collection),
    ids,
    {
      payload: withPayloadIn(with_payload, true),
      vector: with_vectors,
    },
    room,
  );
  const byId = new Map<string, PointRecord>(
    records.map((record) => [keyTextOf(record.id as PointId), record]),
  );
  return groups.map((group) => {
    const id = asId(group.id);
    return { ...group, lookup: (id !== undefined && byId.get(keyTextOf(id))) || null };
  });
}
