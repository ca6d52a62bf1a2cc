/* Points read by their ids, in their order, and counted. */
import { TAKE, type Take } from '../../../collection/read/take.js';
import type { CountRequest, PointRequest, ScrollRequest, ScrollResult } from '../api/points.js';
import type { PointRecord, ReadParams } from '../api/values.js';
import { notFound, wrongInput } from '../errors.js';
import { filterIn } from '../filter.js';
import { asId, idBefore, idIn, idOut, idsIn } from '../ids.js';
import type { AnyOperation, Operation, Room } from '../operation.js';
import { orderIn } from '../query.js';
import { recordsOf } from '../records.js';
import { type Found, recordOut, withPayloadIn } from '../results.js';
import { COUNT, POINTS, SCROLL } from '../schema/points.js';
import { READ_PARAMS } from '../schema/values.js';
import { withVectorIn } from '../vectors.js';

export const getPoints: Operation<ReadParams, PointRequest, PointRecord[]> = {
  name: 'get_points',
  method: 'POST',
  path: '/collections/{collection_name}/points',
  summary: 'Reads points by their ids',
  writes: false,
  query: READ_PARAMS,
  body: POINTS,
  handle(service, { path, body, room }) {
    const view = service.view(path['collection_name']!);
    withVectorIn(view, body.with_vector);
    const wanted = { payload: withPayloadIn(body.with_payload, true), vector: body.with_vector };
    return recordsOf(view, idsIn(body.ids), wanted, room);
  },
};

const getPoint: Operation<ReadParams, unknown, PointRecord> = {
  name: 'get_point',
  method: 'GET',
  path: '/collections/{collection_name}/points/{id}',
  summary: 'Reads one point',
  writes: false,
  query: READ_PARAMS,
  async handle(service, { path, room }) {
    const view = service.view(path['collection_name']!);
    const text = path['id']!;
    const id = /^\d+$/.test(text) ? asId(BigInt(text)) : asId(text);
    if (id === undefined) throw wrongInput(`Can not recognize "${text}" as point id`);
    const [record] = await recordsOf(view, [id], { payload: true, vector: true }, room);
    if (!record) throw notFound(`Point with id ${String(id)} does not exists!`);
    return record;
  },
};

/**
 * What limits a page: its time, and the bytes of its points as they are read; the one behind them, which says where the next page
 * begins, is none of them.
 */
function boundsOf(room: Room, limit: number): { readonly [TAKE]?: Take; readonly signal?: AbortSignal } {
  let left = limit;
  const { signal } = room;
  const take: Take = (point) => left-- > 0 && room.take(point);
  return { ...(room.bounded && { [TAKE]: take }), ...(signal && { signal }) };
}

export const scrollPoints: Operation<ReadParams, ScrollRequest, ScrollResult> = {
  name: 'scroll_points',
  method: 'POST',
  path: '/collections/{collection_name}/points/scroll',
  summary: 'Reads points a page at a time, in the order of their ids or of a value',
  writes: false,
  query: READ_PARAMS,
  body: SCROLL,
  bodyOptional: true,
  async handle(service, { path, body, room }) {
    const view = service.view(path['collection_name']!);
    const { offset, order_by } = body;
    const limit = body.limit ?? 10;
    const filter = filterIn(view, body.filter);
    const wanted = { payload: withPayloadIn(body.with_payload, true), vector: body.with_vector };
    const options = {
      ...(filter && { filter }),
      withPayload: wanted.payload,
      withVector: withVectorIn(view, body.with_vector),
      ...boundsOf(room, limit),
    };
    const points: PointRecord[] = [];
    const add = (point: Found): number => points.push(recordOut(view, point, wanted));
    if (order_by !== null && order_by !== undefined) {
      if (offset !== null && offset !== undefined)
        throw wrongInput(
          "Cannot use an `offset` when using `order_by`. The alternative for paging is to use `order_by.start_from` and a filter to exclude the IDs that you've already seen for the `order_by.start_from` value",
        );
      for await (const point of view.collection.scroll({
        ...options,
        limit,
        orderBy: orderIn(view, order_by),
      }))
        add(point as Found);
      return { points, next_page_offset: null };
    }
    const after = offset === null || offset === undefined ? undefined : idBefore(idIn(offset));
    const page = { ...options, limit: limit + 1, ...(after !== undefined && { after }) };
    for await (const point of view.collection.scroll(page)) {
      if (points.length === limit) return { points, next_page_offset: idOut(point.id) };
      add(point as Found);
    }
    return { points, next_page_offset: null };
  },
};

export const countPoints: Operation<ReadParams, CountRequest, { count: number }> = {
  name: 'count_points',
  method: 'POST',
  path: '/collections/{collection_name}/points/count',
  summary: 'Counts points, exactly',
  writes: false,
  query: READ_PARAMS,
  body: COUNT,
  bodyOptional: true,
  async handle(service, { path, body, room: { signal } }) {
    const view = service.view(path['collection_name']!);
    const filter = filterIn(view, body.filter);
    return { count: await view.collection.count({ ...(filter && { filter }), ...(signal && { signal }) }) };
  },
};

export const READING_OPERATIONS: readonly AnyOperation[] = [getPoints, getPoint, scrollPoints, countPoints];
