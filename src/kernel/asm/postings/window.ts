/*
 * The best of one window. Lists are added to a sum for each slot, in the order of the query. Where the worst hit is better
 * than what some lists can add together, these are left: they are looked up for the slots that the others leave in question
 * (MaxScore: Turtle and Flood, 1995), or added after all, if there are many such slots. Then sums only say which slots may
 * be hits, and the score of each is summed again, in the order of the query: it is the same number in every case.
 */
import * as L from '../../postings-layout';
import { hasBit, listOf, listsOf, measure, order, place } from './lists';
import { countOf, isText, lowerBound, offsetAt, valuesOf, worthOf } from './runs';
import { isFull, offer, worst } from './top';

/** Postings that are added in the time that one is looked up. */
const LOOK_UP: u32 = 16;
/** The same for all lists that are left: most slots are dropped after the first or the second. */
const LOOK_UPS: u32 = 32;
/** Postings that are added before slots in question are counted again. */
const BATCH: u32 = 2048;
/** A window is looked through as a whole where there are more postings than this part of its slots. */
const DENSE: u32 = 4;
/** The sum of a slot that was visited: no sum is -0, since they begin with +0. */
const VISITED: u32 = 0x80000000;

/** Offers the slots of a window; `lengths`: of text, where they are. `masked`: only slots whose bit is set. */
export function search(query: u32, window: u32, lengths: u32, masked: u32): void {
  const total = place(query, window);
  if (total == 0) return;
  countIn(query, L.Q_WINDOWS, 1);
  if (masked && bitsLeft(query, total)) {
    lookUpBits(query, window, lengths);
    return;
  }
  let left = isFull(query) ? choose(query, total) : 0;
  if (left == listsOf(query)) {
    noteLeft(query, left);
    return;
  }
  const exact = left == 0;
  let added = addLists(query, lengths, left);
  if (!exact) {
    left = addMore(query, lengths, left, added);
    added = postingsOf(query, left, listsOf(query));
  }
  countIn(query, L.Q_ADDED, added);
  noteLeft(query, left);
  const isDense = added > <u32>L.WINDOW_SLOTS / DENSE;
  if (!visitPostings(query, window, lengths, masked, left, isDense, exact))
    visitAll(query, window, lengths, masked, left, exact);
  if (isDense) memory.fill(L.SUMS, 0, L.WINDOW_SLOTS << 2);
  else clear(query);
}

@inline function countIn(query: u32, at: u32, more: u32): void {
  store<u32>(query + at, load<u32>(query + at) + more);
}

/** Of the first lists of the order, that their postings were not added in this window. */
function noteLeft(query: u32, left: u32): void {
  for (let i: u32 = 0; i < left; i++) {
    const list = ordered(query, i);
    if (load<u32>(list, L.LIST_RUN) != 0) countIn(list, L.LIST_LEFT, 1);
  }
}

/** Whether so few slots may be found that each is looked up. */
function bitsLeft(query: u32, total: u32): bool {
  let ones: u32 = 0;
  for (let at: u32 = 0; at < <u32>L.BITS_BYTES; at += 8) ones += <u32>popcnt(load<u64>(L.BITS + at));
  return ones * listsOf(query) * LOOK_UP < total;
}

function lookUpBits(query: u32, window: u32, lengths: u32): void {
  for (let at: u32 = 0; at < <u32>L.WINDOW_SLOTS; at += 32) {
    let bits = load<u32>(L.BITS + (at >> 3));
    countIn(query, L.Q_TRIED, popcnt(bits));
    for (; bits != 0; bits &= bits - 1) offerAt(query, window, at + ctz(bits), lengths);
  }
}

/** Offers a slot with its sum, if any list has it. */
function offerAt(query: u32, window: u32, offset: u32, lengths: u32): void {
  const norm = load<f32>(query, L.Q_NORM);
  let sum: f32 = 0;
  let isFound = false;
  for (let i: u32 = 0, n = listsOf(query); i < n; i++) {
    const list = listOf(query, i);
    const run = load<u32>(list, L.LIST_RUN);
    if (run == 0) continue;
    const at = lowerBound(run, offset);
    if (at == countOf(run) || offsetAt(run, at) != offset) continue;
    sum += worthOf(run, at, load<f32>(list, L.LIST_WEIGHT), norm, lengths);
    isFound = true;
  }
  if (isFound) offer(query, sum, (window << L.WINDOW_SHIFT) | offset);
}

/** How many lists of the order are not added. All of them: nothing here is better than the worst hit. */
function choose(query: u32, total: u32): u32 {
  measure(query);
  order(query);
  const n = listsOf(query);
  const limit = worst(query) - load<f64>(query, L.Q_SLACK);
  let left: u32 = 0;
  while (left < n && load<f64>(ordered(query, left), L.LIST_REST) <= limit) left++;
  // To sum again what may be a hit pays where many postings are left.
  return left == n || postingsOf(query, 0, left) > total / 4 ? left : 0;
}

/** The list that stands at a place of the order. */
@inline function ordered(query: u32, place: u32): u32 {
  return listOf(query, load<u32>(load<u32>(query, L.Q_ORDER) + (place << 2)));
}

/** Postings of the lists from one place of the order to another. */
function postingsOf(query: u32, from: u32, to: u32): u32 {
  let postings: u32 = 0;
  for (let i = from; i < to; i++) {
    const run = load<u32>(ordered(query, i), L.LIST_RUN);
    if (run != 0) postings += countOf(run);
  }
  return postings;
}

/**
 * Adds lists that were left, the one with the greatest bound first, until it takes less time to look the others up.
 * `added`: postings so far. Returns how many are left.
 */
function addMore(query: u32, lengths: u32, first: u32, added: u32): u32 {
  const norm = load<f32>(query, L.Q_NORM);
  let left = first;
  while (left > 0) {
    const postings = postingsOf(query, 0, left);
    if (added * LOOK_UPS <= postings || inQuestion(<f32>limitOf(query, left)) * LOOK_UPS <= postings) break;
    let batch: u32 = 0;
    while (left > 0 && batch < BATCH) {
      const list = ordered(query, --left);
      const run = load<u32>(list, L.LIST_RUN);
      store<u32>(list, 1, L.LIST_ADDED);
      if (run == 0) continue;
      batch += countOf(run);
      addRun(run, load<f32>(list, L.LIST_WEIGHT), norm, lengths);
    }
    added += batch;
  }
  return left;
}

/** How many sums are not below a limit. */
function inQuestion(limit: f32): u32 {
  const limits = f32x4.splat(limit);
  let counts = i32x4.splat(0);
  for (let at: u32 = L.SUMS; at < <u32>(L.SUMS + (L.WINDOW_SLOTS << 2)); at += 32) {
    counts = i32x4.sub(counts, f32x4.ge(v128.load(at), limits));
    counts = i32x4.sub(counts, f32x4.ge(v128.load(at, 16), limits));
  }
  return (
    i32x4.extract_lane(counts, 0) +
    i32x4.extract_lane(counts, 1) +
    i32x4.extract_lane(counts, 2) +
    i32x4.extract_lane(counts, 3)
  );
}

/** Adds all lists but the first `left` of the order; returns how many postings that were. */
function addLists(query: u32, lengths: u32, left: u32): u32 {
  const n = listsOf(query);
  for (let i: u32 = 0; i < n; i++) store<u32>(listOf(query, i), 1, L.LIST_ADDED);
  for (let i: u32 = 0; i < left; i++) store<u32>(ordered(query, i), 0, L.LIST_ADDED);
  const norm = load<f32>(query, L.Q_NORM);
  let added: u32 = 0;
  for (let i: u32 = 0; i < n; i++) {
    const list = listOf(query, i);
    const run = load<u32>(list, L.LIST_RUN);
    if (run == 0 || !load<u32>(list, L.LIST_ADDED)) continue;
    added += countOf(run);
    addRun(run, load<f32>(list, L.LIST_WEIGHT), norm, lengths);
  }
  return added;
}

@inline function addRun(run: u32, weight: f32, norm: f32, lengths: u32): void {
  if (isText()) addText(run, weight, norm, lengths);
  else addWeights(run, weight);
}

@inline function sumAt(offset: u32): u32 {
  return L.SUMS + (offset << 2);
}

@inline function addTo(at: u32, value: f32): void {
  store<f32>(at, load<f32>(at) + value);
}

/** Adds four values to the sums of the slots whose offsets are the quarters of a word. */
@inline function addFour(offsets: u64, values: v128): void {
  addTo(sumAt(<u32>offsets & 0xffff), f32x4.extract_lane(values, 0));
  addTo(sumAt(<u32>(offsets >> 16) & 0xffff), f32x4.extract_lane(values, 1));
  addTo(sumAt(<u32>(offsets >> 32) & 0xffff), f32x4.extract_lane(values, 2));
  addTo(sumAt(<u32>(offsets >> 48)), f32x4.extract_lane(values, 3));
}

function addWeights(run: u32, weight: f32): void {
  const n = countOf(run);
  const values = valuesOf(run);
  const weights = f32x4.splat(weight);
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) {
    const offsets = load<u64>(run + (i << 1), L.RUN_OFFSETS);
    addFour(offsets, f32x4.mul(weights, v128.load(values + (i << 2))));
  }
  for (; i < n; i++) addTo(sumAt(offsetAt(run, i)), weight * load<f32>(values + (i << 2)));
}

function addText(run: u32, weight: f32, norm: f32, lengths: u32): void {
  const n = countOf(run);
  const values = valuesOf(run);
  const weights = f32x4.splat(weight);
  const norms = f32x4.splat(norm);
  const fixed = f32x4.splat(load<f32>(L.NORM_FIXED));
  let i: u32 = 0;
  for (; i + 4 <= n; i += 4) {
    const offsets = load<u64>(run + (i << 1), L.RUN_OFFSETS);
    let length = f32x4.splat(load<f32>(lengths + ((<u32>offsets & 0xffff) << 2)));
    length = f32x4.replace_lane(length, 1, load<f32>(lengths + ((<u32>(offsets >> 16) & 0xffff) << 2)));
    length = f32x4.replace_lane(length, 2, load<f32>(lengths + ((<u32>(offsets >> 32) & 0xffff) << 2)));
    length = f32x4.replace_lane(length, 3, load<f32>(lengths + (<u32>(offsets >> 48) << 2)));
    const tf = f32x4.convert_i32x4_s(v128.load_ext<u16>(values + (i << 1)));
    const below = f32x4.add(tf, f32x4.add(fixed, f32x4.mul(norms, length)));
    addFour(offsets, f32x4.div(f32x4.mul(weights, tf), below));
  }
  for (; i < n; i++) addTo(sumAt(offsetAt(run, i)), worthOf(run, i, weight, norm, lengths));
}

/** Visits the sums of a window that are good enough. The worst hit is above 0, so that slots nobody added to are not. */
function visitAll(query: u32, window: u32, lengths: u32, masked: u32, left: u32, exact: bool): void {
  let limit = limitOf(query, left);
  let limits = f32x4.splat(<f32>limit);
  for (let at: u32 = 0; at < <u32>L.WINDOW_SLOTS; at += 16) {
    const from = sumAt(at);
    const a = f32x4.ge(v128.load(from), limits);
    const b = f32x4.ge(v128.load(from, 16), limits);
    const c = f32x4.ge(v128.load(from, 32), limits);
    const d = f32x4.ge(v128.load(from, 48), limits);
    if (!v128.any_true(v128.or(v128.or(a, b), v128.or(c, d)))) continue;
    for (let offset = at; offset < at + 16; offset++) {
      const sum = load<f32>(sumAt(offset));
      if (<f64>sum < limit || (masked && !hasBit(L.BITS, offset))) continue;
      consider(query, window, offset, sum, lengths, left, exact);
      limit = limitOf(query, left);
    }
    limits = f32x4.splat(<f32>limit);
  }
}

/** Sums below are too low, whatever the lists add that are left. The slack is 0 until lists have been left. */
@inline function limitOf(query: u32, left: u32): f64 {
  const limit = worst(query) - load<f64>(query, L.Q_SLACK);
  return left == 0 ? limit : limit - load<f64>(ordered(query, left - 1), L.LIST_REST);
}

/**
 * Visits the slots of the lists that were added, each once. `isDense`: only until there are k hits above 0, which takes few
 * slots; then false, and the other slots are still to be visited.
 */
function visitPostings(query: u32, window: u32, lengths: u32, masked: u32, left: u32, isDense: bool, exact: bool): bool {
  if (isDense && worst(query) > 0) return false;
  for (let i: u32 = 0, n = listsOf(query); i < n; i++) {
    const list = listOf(query, i);
    const run = load<u32>(list, L.LIST_RUN);
    if (run == 0 || !load<u32>(list, L.LIST_ADDED)) continue;
    for (let j: u32 = 0, all = countOf(run); j < all; j++) {
      const offset = offsetAt(run, j);
      const at = sumAt(offset);
      if (load<u32>(at) == VISITED) continue;
      const sum = load<f32>(at);
      store<u32>(at, VISITED);
      if (<f64>sum < limitOf(query, left) || (masked && !hasBit(L.BITS, offset))) continue;
      consider(query, window, offset, sum, lengths, left, exact);
      if (isDense && worst(query) > 0) return false;
    }
  }
  return true;
}

/**
 * Offers a slot. Its sum lacks the first `left` lists of the order: these are looked up while it may be a hit. `exact`: it
 * lacks none, and lists were added in the order of the query.
 */
function consider(query: u32, window: u32, offset: u32, sum: f32, lengths: u32, left: u32, exact: bool): void {
  countIn(query, L.Q_TRIED, 1);
  if (exact) {
    offer(query, sum, (window << L.WINDOW_SHIFT) | offset);
    return;
  }
  const norm = load<f32>(query, L.Q_NORM);
  const limit = worst(query) - load<f64>(query, L.Q_SLACK);
  let most = <f64>sum;
  for (let j = left; j > 0; j--) {
    const list = ordered(query, j - 1);
    const run = load<u32>(list, L.LIST_RUN);
    if (most + load<f64>(list, L.LIST_REST) < limit) return;
    if (run == 0) continue;
    const at = lowerBound(run, offset);
    if (at < countOf(run) && offsetAt(run, at) == offset)
      most += <f64>worthOf(run, at, load<f32>(list, L.LIST_WEIGHT), norm, lengths);
  }
  if (most >= limit) offerAt(query, window, offset, lengths);
}

/** Sets the sums of the lists that were added to 0. */
function clear(query: u32): void {
  for (let i: u32 = 0, n = listsOf(query); i < n; i++) {
    const list = listOf(query, i);
    const run = load<u32>(list, L.LIST_RUN);
    if (run == 0 || !load<u32>(list, L.LIST_ADDED)) continue;
    for (let j: u32 = 0, all = countOf(run); j < all; j++) store<u32>(sumAt(offsetAt(run, j)), 0);
  }
}
