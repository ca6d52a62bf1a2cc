/* Runs of postings: where their parts are, what they are worth, and how they are found. */
import * as L from '../../postings-layout';
import { allocate, release, sized } from './memory';

@inline export function valueBytes(): u32 {
  return load<u32>(L.VALUE_BYTES);
}

@inline export function isText(): bool {
  return valueBytes() == 2;
}

@inline export function windowOf(run: u32): u32 {
  return load<u16>(run, L.RUN_WINDOW);
}

@inline export function countOf(run: u32): u32 {
  return load<u16>(run, L.RUN_COUNT);
}

@inline export function capacityOf(run: u32): u32 {
  return load<u16>(run, L.RUN_CAPACITY);
}

@inline export function valuesOf(run: u32): u32 {
  return run + L.RUN_OFFSETS + (capacityOf(run) << 1);
}

@inline export function offsetAt(run: u32, i: u32): u32 {
  return load<u16>(run + (i << 1), L.RUN_OFFSETS);
}

/** Of a run with room for `count` postings, rounded up to an even number, so that values are aligned. */
@inline export function bytesOf(count: u32): u32 {
  return L.RUN_OFFSETS + ((count + 1) & ~1) * (2 + valueBytes());
}

/** An empty run with room for `count` postings and what its size has room for beyond; 0: no memory. */
export function newRun(window: u32, count: u32): u32 {
  const bytes = sized(bytesOf(count));
  const run = allocate(bytes);
  if (run == 0) return 0;
  store<u32>(run, 0, L.RUN_NEXT);
  store<u16>(run, <u16>window, L.RUN_WINDOW);
  store<u16>(run, 0, L.RUN_COUNT);
  store<u16>(run, <u16>(((bytes - L.RUN_OFFSETS) / (2 + valueBytes())) & ~1), L.RUN_CAPACITY);
  return run;
}

@inline export function releaseRun(run: u32): void {
  release(run, bytesOf(capacityOf(run)));
}

/** First posting at an offset or behind it. */
@inline export function lowerBound(run: u32, offset: u32): u32 {
  let at: u32 = 0;
  let left = countOf(run);
  while (left > 1) {
    const half = left >> 1;
    at += offsetAt(run, at + half - 1) < offset ? half : 0;
    left -= half;
  }
  return left == 1 && offsetAt(run, at) < offset ? at + 1 : at;
}

/** tf / (tf + norm), as bounds of text are kept. */
@inline export function shareOf(tf: f32, length: f32, norm: f32): f32 {
  return tf / (tf + (load<f32>(L.NORM_FIXED) + norm * length));
}

/** What posting `i` adds to the sum of its slot. */
@inline export function worthOf(run: u32, i: u32, weight: f32, norm: f32, lengths: u32): f32 {
  if (!isText()) return weight * load<f32>(valuesOf(run) + (i << 2));
  const tf = <f32>load<u16>(valuesOf(run) + (i << 1));
  const length = load<f32>(lengths + (offsetAt(run, i) << 2));
  return (weight * tf) / (tf + (load<f32>(L.NORM_FIXED) + norm * length));
}

/** Measures the bounds of a run again. `average`: of lengths, now. */
export function bound(run: u32, average: f32, lengths: u32): void {
  const n = countOf(run);
  const values = valuesOf(run);
  if (isText()) {
    const norm = load<f32>(L.NORM_LENGTH) / average;
    let high: f32 = 0;
    for (let i: u32 = 0; i < n; i++) {
      const tf = <f32>load<u16>(values + (i << 1));
      high = max(high, shareOf(tf, load<f32>(lengths + (offsetAt(run, i) << 2)), norm));
    }
    store<f32>(run, high, L.RUN_HIGH);
    store<f32>(run, average, L.RUN_LOW);
    return;
  }
  let high: f32 = -Infinity;
  let low: f32 = Infinity;
  for (let i: u32 = 0; i < n; i++) {
    const value = load<f32>(values + (i << 2));
    high = max(high, value);
    low = min(low, value);
  }
  store<f32>(run, high, L.RUN_HIGH);
  store<f32>(run, low, L.RUN_LOW);
}
