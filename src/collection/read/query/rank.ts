/* How the steps of a query rank points of which all that they need is known: pure, but for what they read. */
import { show, showId } from '../../../base/checks.js';
import { ValidationError } from '../../../base/errors.js';
import { randomFrom } from '../../../base/random.js';
import { bitsOf, forEachBit, hasBit } from '../../../filter/bits.js';
import { elementsOf, type Path, valuesAt } from '../../../filter/path.js';
import type { LiveIndex } from '../../live-index.js';
import { readsPayload, scoreBy } from './formula.js';
import { Best, byLeast, byScore, type List, type Scored } from './list.js';
import { type KeyMemo, NOTHING, type OrderMemo, type PayloadMemo } from './memos.js';
import type { SimilarityMemo } from './similarity-memo.js';
import type { Ask } from './tree.js';

/** The points with the greatest scores. `isThere`: whether the point of a slot lives, and has something in the field. */
export function bestBy(
  { scores }: SimilarityMemo,
  bits: Uint32Array,
  {
    most,
    without,
    isThere,
  }: {
    readonly most: number;
    readonly without: ReadonlySet<number>;
    readonly isThere: (slot: number) => boolean;
  },
): List {
  const best = new Best<Scored>(most, byScore);
  forEachBit(bits, (slot) => {
    const one = { slot, score: scores.values[slot]! };
    if (!Number.isNaN(one.score) && best.takes(one) && isThere(slot) && !without.has(slot)) best.add(one);
  });
  return { points: best.take(), higher: true };
}

/** Points in order of a value, once for each value; those without one are left out. */
export function inOrder(
  { slots }: LiveIndex,
  memo: OrderMemo,
  bits: Uint32Array,
  { most, descending, from }: { most: number; descending: boolean; from: number | undefined },
): List {
  const best = new Best<Scored>(most, descending ? byScore : byLeast);
  forEachBit(bits, (slot) =>
    memo.forEachAt(slot, (value) => {
      if (from !== undefined && (descending ? value > from : value < from)) return;
      const one = { slot, score: value, orderValue: value };
      if (best.takes(one) && slots.isLiveAt(slot)) best.add(one);
    }),
  );
  return { points: best.take(), higher: descending };
}

/** Points that are looked at for what is at the path, where there is nothing to put in order. */
const LOOKED_AT = 256;

/**
 * For an order of all points that has none: a path of texts would seem to be one that is not there.
 *
 * @throws ValidationError INVALID_QUERY where the first of them have something at the path: no number and no time
 */
export function expectNothingElse({ slots, stored, rows }: LiveIndex, path: Path): void {
  for (let slot = 0, looked = 0; slot < slots.count && looked < LOOKED_AT; slot++) {
    if (!slots.isLiveAt(slot)) continue;
    looked++;
    const row = rows.rowAt(slot);
    const found = elementsOf(valuesAt(stored.point(row)?.payload, path)).find((one) => one !== null);
    if (found === undefined) continue;
    const of = `point ${showId(stored.idOf(row))} has ${show(found)}`;
    throw new ValidationError(
      'INVALID_QUERY',
      `orderBy reads numbers and times, and no point has either at ${path.text}: ${of}`,
    );
  }
}

/** Draws in vain, for each point that is wanted, before all are listed instead. */
const DRAWS = 16;

/** Points at random, each once. */
export function sampled(
  { slots, platform, seq }: LiveIndex,
  bits: Uint32Array,
  most: number,
  seed: number | undefined,
): List {
  const random = randomFrom(seed ?? Math.imul(platform.time.date() + seq, 0x9e37_79b1));
  const { count } = slots;
  const drawn = new Set<number>();
  for (let draws = 0; drawn.size < most && draws < DRAWS * most; draws++) {
    const slot = Math.floor(random() * count);
    if (count > 0 && hasBit(bits, slot) && slots.isLiveAt(slot)) drawn.add(slot);
  }
  if (drawn.size < most) {
    const others: number[] = [];
    for (const slot of bitsOf(bits)) if (!drawn.has(slot) && slots.isLiveAt(slot)) others.push(slot);
    for (let left = others.length; left > 0 && drawn.size < most; left--) {
      const at = Math.floor(random() * left);
      drawn.add(others[at]!);
      others[at] = others[left - 1]!;
    }
  }
  return { points: Array.from(drawn, (slot) => ({ slot, score: 0 })), higher: true };
}

/** Points in the order of their ids, where all of these are known. */
export function inOrderOfKeys({ slots }: LiveIndex, keys: KeyMemo, bits: Uint32Array, most: number): List {
  const best = new Best<Scored & { readonly key: string }>(most, (a, b) => (a.key < b.key ? -1 : 1));
  forEachBit(bits, (slot) => {
    const key = slots.isLiveAt(slot) ? keys.get(slot) : undefined;
    if (key === undefined) return;
    const one = { slot, score: 0, key };
    if (best.takes(one)) best.add(one);
  });
  return { points: best.take(), higher: true };
}

/** Points by a formula of their scores in the lists below, and their payloads. Undefined where these must be read first. */
export function byFormula(
  { expression, defaults }: Ask & { kind: 'formula' },
  lists: readonly List[],
  bits: Uint32Array,
  payloadsOf: (slots: Iterable<number>) => PayloadMemo | undefined,
): List | undefined {
  const payloads = readsPayload(expression) ? payloadsOf(bitsOf(bits)) : null;
  if (payloads === undefined) return undefined;
  const scores = lists.map(({ points }) => {
    const known = new Map<number, number>();
    for (const { slot, score } of points) if (!known.has(slot)) known.set(slot, score);
    return known;
  });
  const points: Scored[] = [];
  forEachBit(bits, (slot) => {
    const described = payloads ? payloads.get(slot) : NOTHING;
    const facts = { ...described, scores: scores.map((known) => known.get(slot)) };
    points.push({ slot, score: scoreBy(expression, facts, defaults) });
  });
  return { points: points.sort(byScore), higher: true };
}
