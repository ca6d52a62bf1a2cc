/*
 * All points, or those that match a filter, in the order of their ids. A page is read in one turn of the event loop;
 * what is written between two pages may be among the points or not, and none comes twice.
 */

import { OPTIONS } from '../../api/options.js';
import type { StoredPoint } from '../../api/points.js';
import type { Cursor, ScrollOptions, ScrollPageOptions } from '../../api/reading.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { idKeyOf, idOfKey, keyOfText, type PointId, textOfKey } from '../../base/ids.js';
import type { LiveIndex } from '../live-index.js';
import { keyTextAt, MISSING } from '../stored-rows.js';
import { bitsOf } from './count.js';
import { type CheckedFilter, checkFilter } from './filters.js';
import { OF_ANOTHER, pointAt, sameBytes } from './hydrate.js';
import { type Projection, projectionOf } from './projection.js';
import type { Reader } from './reader.js';
import { allMatching, type Use } from './request.js';

/** Points looked at in one turn. */
const PAGE = 256;
/** Where fewer points match, their ids are collected and put in order, rather than all ids gone through. */
const FEW = 10_000;

export interface Scroll {
  readonly filter: CheckedFilter | undefined;
  readonly limit: number;
  readonly after: Uint8Array | undefined;
  readonly withPayload: boolean | Projection;
  readonly withVector: boolean;
  readonly signal: AbortSignal | undefined;
}

/** @throws ValidationError for an option that is unknown, of the wrong type or out of range */
export function checkScroll(given: ScrollOptions): Scroll {
  const { filter, limit, after, withPayload, withVector, signal } = OPTIONS.scroll.read(given);
  return {
    filter: filter === undefined ? undefined : checkFilter(filter),
    limit: limit ?? Infinity,
    after: after === undefined ? undefined : idKeyOf(after),
    withPayload: projectionOf('withPayload', withPayload),
    withVector,
    signal,
  };
}

/** The same of one page: one point more is read, to know whether there is a next page. */
export function checkPage(given: ScrollPageOptions): Scroll {
  const { filter, limit, cursor, withPayload, withVector, signal } = OPTIONS.scrollPage.read(given);
  return {
    filter: filter === undefined ? undefined : checkFilter(filter),
    limit: limit + 1,
    after: cursor === undefined || cursor === null ? undefined : keyOfCursor(cursor),
    withPayload: projectionOf('withPayload', withPayload),
    withVector,
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

/** The keys of ids that live, behind `after`, a page at a time. */
function* pagesOfAll(live: LiveIndex, after: Uint8Array | undefined): Generator<Uint8Array[]> {
  for (let last = after; ; ) {
    const page: Uint8Array[] = [];
    for (const [key] of live.store.ids(live.collection, last)) {
      page.push(Uint8Array.from(key));
      if (page.length === PAGE) break;
    }
    yield page;
    if (page.length < PAGE) return;
    last = page.at(-1);
  }
}

/** Some keys of ids, in order, likewise. As strings of one character a byte they order as they should. */
function* pagesOf(keys: readonly string[], after: Uint8Array | undefined): Generator<Uint8Array[]> {
  const first = after === undefined ? '' : textOfKey(after);
  const behind = keys.filter((key) => key > first).sort();
  for (let at = 0; at < behind.length; at += PAGE) yield behind.slice(at, at + PAGE).map(keyOfText);
}

/** The keys of the ids of the live points that match now; null where they are many. */
const fewKeys: Use<string[] | null> = (live, found) => {
  const bits = bitsOf(found);
  if (live.engine.countLive(bits) > FEW) return null;
  return live.rows.of(bits).flatMap((row) => {
    const point = live.stored.head(row);
    return point ? [keyTextAt(point)] : []; // none where it is unreadable, or the collection poisoned
  });
};

/**
 * When `ending` aborts, the next page is not read, but its reason thrown. `catchUp` takes up what another process has
 * written, before the first page.
 */
export async function* scrollPoints(
  live: LiveIndex,
  reader: Reader,
  { filter, limit, after, withPayload, withVector, signal }: Scroll,
  ending: AbortSignal,
  catchUp: (() => Promise<void> | undefined) | undefined,
): AsyncGenerator<StoredPoint> {
  let left = limit;
  signal?.throwIfAborted();
  ending.throwIfAborted();
  if (left === 0) return;
  await catchUp?.();
  ending.throwIfAborted();
  const matching = filter && (await reader.answer({ params: allMatching(filter), signal }, fewKeys));
  const matches = filter && reader.filters.matcher(filter);
  for (const keys of matching ? pagesOf(matching, after) : pagesOfAll(live, after)) {
    ending.throwIfAborted();
    signal?.throwIfAborted();
    const page: StoredPoint[] = [];
    for (const key of keys) {
      const row = live.store.rowOf(live.collection, key);
      if (row === 0) continue;
      if (matches) {
        const point = live.stored.point(row);
        if (!point || !matches(point.payload, textOfKey(key))) continue;
      }
      const point = pointAt(live, row, { withPayload, withVector });
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
