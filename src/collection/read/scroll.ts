/*
 * All points, or those that match a filter, in the order of their ids. A page is read in one turn of the event loop;
 * what is written between two pages may be among the points or not, and none comes twice.
 *
 * With a filter, nothing is read ahead: payloads of points whose turn has come are read where no index tells.
 */

import { OPTIONS } from '../../api/options.js';
import type { Payload, PayloadChoice, StoredPoint, VectorChoice } from '../../api/points.js';
import type { Cursor, ScrollOptions, ScrollPageOptions } from '../../api/reading.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { firstBehind, idKeyOf, idOfKey, keyOfText, type PointId, textOfKey } from '../../base/ids.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import { MISSING } from '../stored-rows.js';
import type { CheckedFilter, Known } from './filters.js';
import { OF_ANOTHER, pointAt, sameBytes } from './hydrate.js';
import { type Projection, projectionOf } from './projection.js';
import { orderAt } from './query/parse-ask.js';
import type { Ask } from './query/tree.js';
import type { Reader } from './reader.js';
import type { Fields } from './request.js';
import { type Take, takeOf } from './take.js';
import type { Vectors } from './vectors.js';

/** Points read in one turn. */
const PAGE = 256;
/** Ids gone through in one turn, for points that may match. */
const LOOK = 1_024;

/** By what, where it is not by ids. */
export type Order = Ask & { kind: 'orderBy' };

/** Where a page ended: the value of its last point, and the key of its id. */
export interface Place {
  readonly value: number;
  readonly key: string;
}

export interface Scroll {
  readonly filter: CheckedFilter | undefined;
  readonly limit: number;
  readonly after: Uint8Array | undefined;
  readonly order: Order | undefined;
  /** Where it begins, in that order. */
  readonly behind: Place | undefined;
  readonly withPayload: boolean | Projection;
  readonly withVector: Vectors;
  readonly take: Take | undefined;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range */
export function checkScroll(
  given: ScrollOptions<Payload, PayloadChoice, VectorChoice>,
  fields: Fields,
): Scroll {
  const { filter, limit, after, withPayload, withVector, signal, ...o } = OPTIONS.scroll.read(given);
  const order = o.orderBy === undefined ? undefined : orderAt(o.orderBy, 'orderBy');
  if (order && after !== undefined)
    throw new ValidationError('INVALID_OPTION', 'after cannot be combined with orderBy: use startFrom');
  return {
    filter: filter === undefined ? undefined : fields.filter(filter),
    limit: limit ?? Infinity,
    after: after === undefined ? undefined : idKeyOf(after),
    order,
    behind: undefined,
    withPayload: projectionOf('withPayload', withPayload),
    withVector: fields.vectors(withVector),
    take: takeOf(given),
    signal,
  };
}

/** The same of one page: one point more is read, to know whether there is a next page. `placeIn`: reads a cursor of an order. */
export function checkPage(
  given: ScrollPageOptions<Payload, PayloadChoice, VectorChoice>,
  fields: Fields,
  placeIn: (order: Order, cursor: unknown) => Place,
): Scroll {
  const { filter, limit, cursor, withPayload, withVector, signal, ...o } = OPTIONS.scrollPage.read(given);
  const order = o.orderBy === undefined ? undefined : orderAt(o.orderBy, 'orderBy');
  const isFirst = cursor === undefined || cursor === null;
  return {
    filter: filter === undefined ? undefined : fields.filter(filter),
    limit: limit + 1,
    after: isFirst || order ? undefined : keyOfCursor(cursor),
    order,
    behind: isFirst || !order ? undefined : placeIn(order, cursor),
    withPayload: projectionOf('withPayload', withPayload),
    withVector: fields.vectors(withVector),
    take: takeOf(given),
    signal,
  };
}

/** An id, as its key in base64: what a caller has no use for but to give it back. */
export function cursorOf(id: PointId): Cursor {
  return btoa(textOfKey(idKeyOf(id)));
}

function keyOfCursor(cursor: unknown): Uint8Array {
  try {
    const key = keyOfText(atob(cursor as string));
    if (cursor === cursorOf(idOfKey(key))) return key;
  } catch {
    // not one of ours
  }
  throw new ValidationError(
    'INVALID_OPTION',
    `cursor must be the \`next\` of a page of this collection, got ${show(cursor)}`,
  );
}

/** What comes next: the key of an id that lives, and its row. */
type Named = readonly [key: Uint8Array, row: number];

/** All ids, behind `after`, that `mayMatch`: `most` at a time. */
function* pagesOfAll(
  live: LiveIndex,
  after: Uint8Array | undefined,
  most: number,
  mayMatch: (row: number) => boolean,
): Generator<Named[]> {
  for (let last = after; ; ) {
    const page: Named[] = [];
    let looked = 0;
    for (const [key, row] of live.store.ids(live.collection, last)) {
      if (mayMatch(row)) page.push([Uint8Array.from(key), row]);
      if (++looked < LOOK && page.length < most) continue;
      last = Uint8Array.from(key);
      break;
    }
    yield page;
    if (looked < LOOK && page.length < most) return;
  }
}

/** Some keys of ids, in order, behind `after`: `most` at a time. */
function* pagesOf(
  live: LiveIndex,
  keys: readonly string[],
  after: Uint8Array | undefined,
  most: number,
): Generator<Named[]> {
  let at = after === undefined ? 0 : firstBehind(keys, textOfKey(after));
  for (; at < keys.length; at += most) {
    const page = keys.slice(at, at + most).map(keyOfText);
    yield page
      .map((key) => [key, live.store.rowOf(live.collection, key)] as const)
      .filter(([, row]) => row !== 0);
  }
}

const ANY = (): boolean => true;

/** Where others write all the time what the filter looks at, the last try reads all that is missing in one turn. */
const TRIES = 64;

/** In several turns, where many keys have to be read; what is known speaks of the last one. */
async function knownOf(
  { platform: { time } }: LiveIndex,
  { filters }: Reader,
  filter: CheckedFilter,
  expectGoingOn: () => void,
): Promise<Known> {
  for (let tries = 1; ; tries++) {
    const until = time.now() + SLICE_MS;
    const known = filters.known(filter, () => tries < TRIES && time.now() > until);
    if (known) return known;
    await time.breathe();
    expectGoingOn();
  }
}

/**
 * When `ending` aborts, the next page is not read, but its reason thrown. `catchUp` takes up what another process has
 * written, before the first page.
 */
export async function* scrollPoints(
  live: LiveIndex,
  reader: Reader,
  { filter, limit, after, withPayload, withVector, take, signal }: Scroll,
  ending: AbortSignal,
  catchUp: (() => Promise<void> | undefined) | undefined,
): AsyncGenerator<StoredPoint> {
  let left = limit;
  signal?.throwIfAborted();
  ending.throwIfAborted();
  if (left === 0) return;
  await catchUp?.();
  ending.throwIfAborted();
  const expectGoingOn = (): void => {
    ending.throwIfAborted();
    signal?.throwIfAborted();
  };
  const known = filter && (await knownOf(live, reader, filter, expectGoingOn));
  const matches = filter && reader.filters.matcher(filter);
  let asked = 0;
  const has = (field: number): boolean => live.stored.hasField(asked, field);
  const most = Math.min(PAGE, limit);
  const pages = known?.keys
    ? pagesOf(live, known.keys, after, most)
    : pagesOfAll(live, after, known ? PAGE : most, known?.mayMatch ?? ANY);
  for (const named of pages) {
    expectGoingOn();
    const page: StoredPoint[] = [];
    for (const [key, row] of named) {
      if (matches) {
        asked = row;
        const point = live.stored.point(row);
        if (!point || !matches(point.payload, textOfKey(key), has)) continue;
      }
      const point = pointAt(live, row, { withPayload, withVector, take });
      // An id whose entry is damaged names another point's row.
      const own = point && sameBytes(idKeyOf(point.id), key);
      const why = point ? OF_ANOTHER : (live.stored.whyOf(row) ?? MISSING);
      page.push(own ? point : { id: idOfKey(key), unreadable: why });
      if (page.length === left) break;
    }
    yield* page;
    left -= page.length;
    if (left === 0) return;
    await live.platform.time.takeTurn();
  }
}
