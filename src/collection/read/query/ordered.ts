/*
 * Points in the order of a value of their payloads, equal ones in that of their ids, a page at a time. A page is of one moment;
 * the next one begins behind the value and the id of its last point, whatever was written in between.
 */
import type { StoredPoint } from '../../../api/points.js';
import type { Cursor } from '../../../api/reading.js';
import { show } from '../../../base/checks.js';
import { ValidationError } from '../../../base/errors.js';
import { idKeyOf, textOfKey } from '../../../base/ids.js';
import { forEachBit, newBits, setBit } from '../../../filter/bits.js';
import type { LiveIndex } from '../../live-index.js';
import { pointAt } from '../hydrate.js';
import type { Reader } from '../reader.js';
import type { Order, Place, Scroll } from '../scroll.js';
import { Best, byLeast, byScore, type Scored } from './list.js';
import type { KeyMemo, OrderMemo } from './memos.js';
import { expectNothingElse } from './rank.js';
import { Run } from './run.js';

/** Points of one moment. */
const PAGE = 1_000;

export function cursorBehind({ path, descending }: Order, point: StoredPoint): Cursor {
  return inBase64([path.text, descending, point.orderValue, textOfKey(idKeyOf(point.id))]);
}

/** Base64 is of bytes: what is beyond these in a path is escaped. */
function inBase64(parts: readonly unknown[]): string {
  const escaped = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return btoa(JSON.stringify(parts).replaceAll(/[^\0-\xff]/g, escaped));
}

/** @throws ValidationError for what is not the cursor of a page in this order */
export function placeIn({ path, descending }: Order, cursor: unknown): Place {
  try {
    const parts: unknown = JSON.parse(atob(cursor as string));
    if (Array.isArray(parts) && parts.length === 4 && inBase64(parts) === cursor) {
      const [by, down, value, key] = parts as unknown[];
      const same = by === path.text && down === descending;
      if (same && typeof value === 'number' && typeof key === 'string') return { value, key };
    }
  } catch {
    // not one of ours
  }
  throw new ValidationError(
    'INVALID_OPTION',
    `cursor must be the \`next\` of a page in the same order, got ${show(cursor)}`,
  );
}

interface Entry extends Scored {
  readonly key: string;
}

function byKey(a: Entry, b: Entry): number {
  return a.key < b.key ? -1 : 1;
}

/** The first `most` behind a place; undefined where keys of ids must be read first. */
function pageBehind(
  { slots, rows }: LiveIndex,
  memo: OrderMemo,
  bits: Uint32Array,
  { order, behind, most }: { order: Order; behind: Place | undefined; most: number },
  keysOf: (bits: Uint32Array) => KeyMemo | undefined,
): Entry[] | undefined {
  const { descending, from } = order;
  const compare = descending ? byScore : byLeast;
  const isBefore = (a: number, b: number): boolean => (descending ? a > b : a < b);
  const each = (visit: (slot: number, value: number) => void): void =>
    forEachBit(bits, (slot) =>
      memo.forEachAt(slot, (value) => {
        if (from === undefined || !isBefore(value, from)) visit(slot, value);
      }),
    );
  const best = new Best<Scored>(most, compare);
  each((slot, score) => {
    const one = { slot, score };
    if (behind !== undefined && !isBefore(behind.value, score)) return;
    if (best.takes(one) && slots.isLiveAt(slot)) best.add(one);
  });
  const nearest = best.take();
  // Of those that are equal to the last one, the ids decide; so they do of those that are equal to the place.
  const last = nearest.length === most ? nearest[most - 1]!.score : undefined;
  const some = nearest.filter(({ score }) => score !== last);
  each((slot, score) => {
    if ((score === last || score === behind?.value) && slots.isLiveAt(slot)) some.push({ slot, score });
  });
  const wanted = newBits(rows.slots);
  for (const { slot } of some) setBit(wanted, slot);
  const keys = keysOf(wanted);
  if (!keys) return undefined;
  // Not all are sorted: where many are equal, these are the same for each page.
  const first = new Best<Entry>(most, (a, b) => (a.score === b.score ? byKey(a, b) : compare(a, b)));
  for (const { slot, score } of some) {
    const key = keys.get(slot);
    const isPast = score === behind?.value && key !== undefined && key <= behind.key;
    const entry = { slot, score, key: key ?? '' };
    if (key !== undefined && !isPast && first.takes(entry)) first.add(entry);
  }
  return first.take();
}

/** When `ending` aborts, the next page is not read, but its reason thrown; `catchUp`: as of scrollPoints. */
export async function* orderedPoints(
  live: LiveIndex,
  reader: Reader,
  { filter, limit, order, behind, withPayload, withVector, take, signal }: Scroll & { readonly order: Order },
  ending: AbortSignal,
  catchUp: (() => Promise<void> | undefined) | undefined,
): AsyncGenerator<StoredPoint> {
  const run = new Run(live, reader, signal, ending);
  const memo = reader.memos.orders(order.path);
  let place = behind;
  for (let left = limit; left > 0; ) {
    await catchUp?.();
    const most = Math.min(PAGE, left);
    const page = await run.answer(() => {
      const bits = run.admitted({ filter });
      if (!bits || !run.learned(memo, bits)) return undefined;
      const entries = pageBehind(live, memo, bits, { order, behind: place, most }, (some) =>
        run.keysOf(some),
      );
      const isOfAll = !filter && !place && order.from === undefined;
      if (isOfAll && entries?.length === 0) expectNothingElse(live, order.path);
      return entries?.map(({ slot, score, key }) => {
        const point = pointAt(live, live.rows.rowAt(slot), { withPayload, withVector, take });
        return { value: score, key, point: point && { ...point, orderValue: score } };
      });
    });
    for (const { point } of page) if (point) yield point;
    left -= page.length;
    place = page.at(-1);
    if (page.length < most || !place) return;
    await live.platform.time.takeTurn();
  }
}
