/* How the steps of a query rank points of which all that they need is known: pure, but for what they read. */
import { randomFrom } from '../../../base/random.js';
import { bitsOf, forEachBit, hasBit } from '../../../filter/bits.js';
import type { Match } from '../../../hnsw/query.js';
import { METRICS, type Metric } from '../../../kernel/metrics.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import { keyTextAt } from '../../stored-rows.js';
import { similarityOf } from './examples.js';
import { evaluate, readsPayload } from './formula.js';
import { Best, byLeast, byScore, type List, type Scored } from './list.js';
import { NOTHING, type OrderMemo, type PayloadMemo } from './memos.js';
import { chosen } from './mmr.js';
import type { MultiMemo } from './multi-memo.js';
import type { SimilarityMemo } from './similarity-memo.js';
import type { Ask, Mmr } from './tree.js';

/** The points with the greatest scores, of those that have a vector in the field. */
export function bestBy(
  field: LiveField,
  { scores }: SimilarityMemo,
  bits: Uint32Array,
  { most, without }: { readonly most: number; readonly without: ReadonlySet<number> },
): List {
  const best = new Best<Scored>(most, byScore);
  forEachBit(bits, (slot) => {
    const one = { slot, score: scores.values[slot]! };
    if (!Number.isNaN(one.score) && best.takes(one) && field.hasAt(slot) && !without.has(slot)) best.add(one);
  });
  return { points: best.take(), higher: true };
}

/** The points nearest by the vectors that each has. */
export function nearestBy(
  { slots }: LiveIndex,
  { distances }: MultiMemo,
  bits: Uint32Array,
  { most, without, metric }: { most: number; without: number | undefined; metric: Metric },
): List {
  const best = new Best<Scored>(most, byLeast);
  forEachBit(bits, (slot) => {
    const one = { slot, score: distances.values[slot]! };
    if (!Number.isNaN(one.score) && slot !== without && best.takes(one) && slots.isLiveAt(slot))
      best.add(one);
  });
  const { score: scoreOf, higherIsBetter: higher } = METRICS[metric];
  return { points: best.take().map(({ slot, score }) => ({ slot, score: scoreOf(score) })), higher };
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

/** Where fewer than one in so many match, their ids are sorted; else ids are gone through. */
const SORTED_SHARE = 64;

/** Points in the order of their ids. */
export function inOrderOfIds(live: LiveIndex, bits: Uint32Array, most: number): List {
  const { slots, rows, stored, store, collection } = live;
  const points: Scored[] = [];
  if (SORTED_SHARE * slots.countLive(bits) < slots.live) {
    const keys: { key: string; slot: number }[] = [];
    for (const slot of bitsOf(bits)) {
      const head = slots.isLiveAt(slot) ? stored.head(rows.rowAt(slot)) : undefined;
      if (head) keys.push({ key: keyTextAt(head), slot });
    }
    keys.sort((a, b) => (a.key < b.key ? -1 : 1));
    for (const { slot } of keys.slice(0, most)) points.push({ slot, score: 0 });
    return { points, higher: true };
  }
  for (const [, row] of store.ids(collection)) {
    if (points.length === most) break;
    const slot = rows.slotOf(row);
    if (slot !== undefined && hasBit(bits, slot)) points.push({ slot, score: 0 });
  }
  return { points, higher: true };
}

/** Of the nearest, those that are chosen to differ, in the order in which they are. */
export function diverse(
  field: LiveField,
  matches: readonly Match[],
  { diversity }: Mmr,
  count: number,
): Scored[] {
  const { score, against, distance, higherIsBetter } = METRICS[field.spec.metric];
  const similarity = similarityOf(field.spec.metric);
  const vectors = matches.map(({ slot }) => field.vectorAt(slot));
  const readable = matches.filter((_, i) => vectors[i] !== undefined);
  const compares = vectors.flatMap((vector) => (vector ? [{ vector, compare: against(vector) }] : []));
  const similar = (a: number, b: number): number => {
    const found = compares[b]!.compare(compares[a]!.vector);
    return Math.fround(higherIsBetter ? found : -distance(found)); // as exact as the kernel's
  };
  const relevance = readable.map((match) => similarity(match.distance));
  return chosen(relevance, similar, { diversity, count }).map((place) => {
    const match = readable[place]!;
    return { slot: match.slot, score: score(match.distance) };
  });
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
    points.push({ slot, score: evaluate(expression, facts, defaults) });
  });
  return { points: points.sort(byScore), higher: true };
}
