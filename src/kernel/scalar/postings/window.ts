/* The best of one window: see asm/postings/window.ts. */
import * as L from '../../postings-layout.js';
import { hasBit, listOf, listsOf, measure, order, ordered, place } from './lists.js';
import { float, type Memory, setFloat, setWord, wide, word } from './memory.js';
import { countOf, lowerBound, offsetAt, worthOf } from './runs.js';
import { isFull, offer, worst } from './top.js';

const { fround } = Math;

const LOOK_UP = 16;
const LOOK_UPS = 32;
const BATCH = 2048;
const DENSE = 4;
const VISITED = 0x8000_0000;

/** What all steps of a window need. */
interface Step {
  readonly query: number;
  readonly window: number;
  readonly lengths: number;
  readonly norm: number;
  readonly masked: boolean;
  /** How many lists of the order are not added. */
  readonly left: number;
  /** Sums are scores: all lists were added, in the order of the query. */
  readonly exact: boolean;
}

export function search(m: Memory, query: number, window: number, lengths: number, masked: boolean): void {
  const total = place(m, query, window);
  if (total === 0) return;
  countIn(m, query + L.Q_WINDOWS, 1);
  const step = { query, window, lengths, masked, norm: float(m, query + L.Q_NORM), left: 0, exact: true };
  if (masked && bitsLeft(m, query, total)) {
    for (let offset = 0; offset < L.WINDOW_SLOTS; offset++) {
      if (!hasBit(m, L.BITS, offset)) continue;
      countIn(m, query + L.Q_TRIED, 1);
      offerAt(m, step, offset);
    }
    return;
  }
  const left = isFull(m, query) ? choose(m, query, total) : 0;
  if (left === listsOf(m, query)) noteLeft(m, query, left);
  else visit(m, { ...step, left, exact: left === 0 });
}

function countIn(m: Memory, at: number, more: number): void {
  setWord(m, at, word(m, at) + more);
}

function noteLeft(m: Memory, query: number, left: number): void {
  for (let i = 0; i < left; i++) {
    const list = ordered(m, query, i);
    if (word(m, list + L.LIST_RUN) !== 0) countIn(m, list + L.LIST_LEFT, 1);
  }
}

function bitsLeft(m: Memory, query: number, total: number): boolean {
  let ones = 0;
  for (let offset = 0; offset < L.WINDOW_SLOTS; offset++) ones += Number(hasBit(m, L.BITS, offset));
  return ones * listsOf(m, query) * LOOK_UP < total;
}

function choose(m: Memory, query: number, total: number): number {
  measure(m, query);
  order(m, query);
  const n = listsOf(m, query);
  const limit = worst(m, query) - wide(m, query + L.Q_SLACK);
  let left = 0;
  while (left < n && wide(m, ordered(m, query, left) + L.LIST_REST) <= limit) left++;
  return left === n || postingsOf(m, query, 0, left) > Math.floor(total / 4) ? left : 0;
}

/** Postings of the lists from one place of the order to another. */
function postingsOf(m: Memory, query: number, from: number, to: number): number {
  let postings = 0;
  for (let i = from; i < to; i++) {
    const run = word(m, ordered(m, query, i) + L.LIST_RUN);
    if (run !== 0) postings += countOf(m, run);
  }
  return postings;
}

/** Adds lists, and offers what is good enough. */
function visit(m: Memory, first: Step): void {
  const { query } = first;
  let added = addLists(m, first);
  let step = first;
  if (!first.exact) {
    step = { ...first, left: addMore(m, first, added) };
    added = postingsOf(m, query, step.left, listsOf(m, query));
  }
  countIn(m, query + L.Q_ADDED, added);
  noteLeft(m, query, step.left);
  if (!visitPostings(m, step, added > L.WINDOW_SLOTS / DENSE)) visitAll(m, step);
  m.f32.fill(0, L.SUMS / 4, L.SUMS / 4 + L.WINDOW_SLOTS);
}

/** The runs that are added in this window. */
function* addedRuns(m: Memory, query: number): Generator<{ run: number; weight: number }> {
  for (let i = 0, n = listsOf(m, query); i < n; i++) {
    const list = listOf(query, i);
    const run = word(m, list + L.LIST_RUN);
    if (run !== 0 && word(m, list + L.LIST_ADDED) !== 0)
      yield { run, weight: float(m, list + L.LIST_WEIGHT) };
  }
}

function addLists(m: Memory, step: Step): number {
  const { query, left } = step;
  for (let i = 0, n = listsOf(m, query); i < n; i++) setWord(m, listOf(query, i) + L.LIST_ADDED, 1);
  for (let i = 0; i < left; i++) setWord(m, ordered(m, query, i) + L.LIST_ADDED, 0);
  let added = 0;
  for (const { run, weight } of addedRuns(m, query)) {
    added += countOf(m, run);
    addRun(m, run, weight, step);
  }
  return added;
}

function addRun(m: Memory, run: number, weight: number, step: Step): void {
  for (let i = 0, n = countOf(m, run); i < n; i++) {
    const at = L.SUMS + 4 * offsetAt(m, run, i);
    setFloat(m, at, float(m, at) + worthOf(m, run, i, weight, step));
  }
}

/** Adds lists that were left, as long as that takes less time than to look them up; returns how many are left. */
function addMore(m: Memory, step: Step, before: number): number {
  const { query } = step;
  let { left } = step;
  for (let added = before; left > 0; ) {
    const postings = postingsOf(m, query, 0, left);
    if (added * LOOK_UPS <= postings || inQuestion(m, { ...step, left }) * LOOK_UPS <= postings) break;
    let batch = 0;
    while (left > 0 && batch < BATCH) {
      const list = ordered(m, query, --left);
      const run = word(m, list + L.LIST_RUN);
      setWord(m, list + L.LIST_ADDED, 1);
      if (run === 0) continue;
      batch += countOf(m, run);
      addRun(m, run, float(m, list + L.LIST_WEIGHT), step);
    }
    added += batch;
  }
  return left;
}

/** How many sums are not too low. */
function inQuestion(m: Memory, step: Step): number {
  const limit = fround(limitOf(m, step));
  let count = 0;
  for (let offset = 0; offset < L.WINDOW_SLOTS; offset++)
    count += Number(float(m, L.SUMS + 4 * offset) >= limit);
  return count;
}

function visitAll(m: Memory, step: Step): void {
  for (let offset = 0; offset < L.WINDOW_SLOTS; offset++) {
    const sum = float(m, L.SUMS + 4 * offset);
    if (sum < limitOf(m, step) || (step.masked && !hasBit(m, L.BITS, offset))) continue;
    consider(m, step, offset, sum);
  }
}

function limitOf(m: Memory, { query, left }: Step): number {
  const limit = worst(m, query) - wide(m, query + L.Q_SLACK);
  return left === 0 ? limit : limit - wide(m, ordered(m, query, left - 1) + L.LIST_REST);
}

function visitPostings(m: Memory, step: Step, isDense: boolean): boolean {
  if (isDense && worst(m, step.query) > 0) return false;
  for (const { run } of addedRuns(m, step.query)) {
    for (let i = 0, n = countOf(m, run); i < n; i++) {
      const offset = offsetAt(m, run, i);
      const at = L.SUMS + 4 * offset;
      if (word(m, at) === VISITED) continue;
      const sum = float(m, at);
      setWord(m, at, VISITED);
      if (sum < limitOf(m, step) || (step.masked && !hasBit(m, L.BITS, offset))) continue;
      consider(m, step, offset, sum);
      if (isDense && worst(m, step.query) > 0) return false;
    }
  }
  return true;
}

/** The posting of a slot in a run; -1: it has none. */
function find(m: Memory, run: number, offset: number): number {
  if (run === 0) return -1;
  const at = lowerBound(m, run, offset);
  return at < countOf(m, run) && offsetAt(m, run, at) === offset ? at : -1;
}

function consider(m: Memory, step: Step, offset: number, sum: number): void {
  const { query, window, left, exact } = step;
  countIn(m, query + L.Q_TRIED, 1);
  if (exact) {
    offer(m, query, sum, ((window << L.WINDOW_SHIFT) | offset) >>> 0);
    return;
  }
  const limit = worst(m, query) - wide(m, query + L.Q_SLACK);
  let most = sum;
  for (let j = left; j > 0; j--) {
    const list = ordered(m, query, j - 1);
    if (most + wide(m, list + L.LIST_REST) < limit) return;
    const run = word(m, list + L.LIST_RUN);
    const at = find(m, run, offset);
    if (at >= 0) most += worthOf(m, run, at, float(m, list + L.LIST_WEIGHT), step);
  }
  if (most >= limit) offerAt(m, step, offset);
}

function offerAt(m: Memory, step: Step, offset: number): void {
  const { query, window } = step;
  let sum = 0;
  let isFound = false;
  for (let i = 0, n = listsOf(m, query); i < n; i++) {
    const list = listOf(query, i);
    const run = word(m, list + L.LIST_RUN);
    const at = find(m, run, offset);
    if (at < 0) continue;
    sum = fround(sum + worthOf(m, run, at, float(m, list + L.LIST_WEIGHT), step));
    isFound = true;
  }
  if (isFound) offer(m, query, sum, ((window << L.WINDOW_SHIFT) | offset) >>> 0);
}
