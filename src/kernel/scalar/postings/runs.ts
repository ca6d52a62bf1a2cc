/* Runs of postings: where their parts are, what they are worth, and how they are found. */
import * as L from '../../postings-layout.js';
import {
  allocate,
  float,
  type Memory,
  release,
  setFloat,
  setShort,
  setWord,
  short,
  sized,
  word,
} from './memory.js';

const { fround } = Math;

export function isText(m: Memory): boolean {
  return word(m, L.VALUE_BYTES) === 2;
}

export function windowOf(m: Memory, run: number): number {
  return short(m, run + L.RUN_WINDOW);
}

export function countOf(m: Memory, run: number): number {
  return short(m, run + L.RUN_COUNT);
}

export function capacityOf(m: Memory, run: number): number {
  return short(m, run + L.RUN_CAPACITY);
}

export function valuesOf(m: Memory, run: number): number {
  return run + L.RUN_OFFSETS + 2 * capacityOf(m, run);
}

export function offsetAt(m: Memory, run: number, i: number): number {
  return short(m, run + L.RUN_OFFSETS + 2 * i);
}

/** Of a run with room for `count` postings, rounded up to an even number, so that values are aligned. */
export function bytesOf(m: Memory, count: number): number {
  return L.RUN_OFFSETS + (count + (count & 1)) * (2 + word(m, L.VALUE_BYTES));
}

export function newRun(m: Memory, window: number, count: number): number {
  const bytes = sized(bytesOf(m, count));
  const run = allocate(m, bytes);
  if (run === 0) return 0;
  setWord(m, run + L.RUN_NEXT, 0);
  setShort(m, run + L.RUN_WINDOW, window);
  setShort(m, run + L.RUN_COUNT, 0);
  const room = Math.floor((bytes - L.RUN_OFFSETS) / (2 + word(m, L.VALUE_BYTES)));
  setShort(m, run + L.RUN_CAPACITY, room & ~1);
  return run;
}

export function releaseRun(m: Memory, run: number): void {
  release(m, run, bytesOf(m, capacityOf(m, run)));
}

export function lowerBound(m: Memory, run: number, offset: number): number {
  let at = 0;
  for (let end = countOf(m, run); at < end; ) {
    const middle = (at + end) >>> 1;
    if (offsetAt(m, run, middle) < offset) at = middle + 1;
    else end = middle;
  }
  return at;
}

function lengthenedBy(m: Memory, norm: number, length: number): number {
  return fround(float(m, L.NORM_FIXED) + fround(norm * length));
}

export function shareOf(m: Memory, tf: number, length: number, norm: number): number {
  return fround(tf / fround(tf + lengthenedBy(m, norm, length)));
}

export function worthOf(
  m: Memory,
  run: number,
  i: number,
  weight: number,
  { norm, lengths }: { readonly norm: number; readonly lengths: number },
): number {
  if (!isText(m)) return fround(weight * float(m, valuesOf(m, run) + 4 * i));
  const tf = short(m, valuesOf(m, run) + 2 * i);
  const length = float(m, lengths + 4 * offsetAt(m, run, i));
  return fround(fround(weight * tf) / fround(tf + lengthenedBy(m, norm, length)));
}

export function bound(m: Memory, run: number, average: number, lengths: number): void {
  const n = countOf(m, run);
  const values = valuesOf(m, run);
  let high = isText(m) ? 0 : Number.NEGATIVE_INFINITY;
  let low = isText(m) ? fround(average) : Number.POSITIVE_INFINITY;
  const norm = fround(float(m, L.NORM_LENGTH) / fround(average));
  for (let i = 0; i < n; i++) {
    if (isText(m)) {
      const length = float(m, lengths + 4 * offsetAt(m, run, i));
      high = Math.max(high, shareOf(m, short(m, values + 2 * i), length, norm));
      continue;
    }
    high = Math.max(high, float(m, values + 4 * i));
    low = Math.min(low, float(m, values + 4 * i));
  }
  setFloat(m, run + L.RUN_HIGH, high);
  setFloat(m, run + L.RUN_LOW, low);
}
