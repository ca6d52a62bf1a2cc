import { expect, test } from 'vitest';
import { randomFrom } from '#silt/base/random.js';
import type { Neighbours } from '#silt/map/graph.js';
import { addTo, layOut } from '#silt/map/layout.js';

const DIMENSION = 16;
const ROWS = 800;
const CLUSTERS = 12;
const NEAR = 15;

function clusters(seed: number): Float32Array[] {
  const random = randomFrom(seed);
  const around = (middle: ArrayLike<number>, width: number): Float32Array =>
    Float32Array.from(
      { length: DIMENSION },
      (_, at) => middle[at]! + (random() + random() + random() - 1.5) * width,
    );
  const middles = Array.from({ length: CLUSTERS }, () => around(new Float32Array(DIMENSION), 4));
  return Array.from({ length: ROWS }, (_, row) => around(middles[row % CLUSTERS]!, 1));
}

function apart(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum += (a[at]! - b[at]!) ** 2;
  return Math.sqrt(sum);
}

/** For each point the others, nearest first. */
function byNearness(points: readonly ArrayLike<number>[]): Uint32Array[] {
  return points.map((point, row) => {
    const distances = Float64Array.from(points, (other) => apart(point, other));
    return Uint32Array.from(points.keys())
      .filter((other) => other !== row)
      .sort((a, b) => distances[a]! - distances[b]! || a - b);
  });
}

function graphOf(points: readonly Float32Array[], order: readonly Uint32Array[]): Neighbours {
  const rows = points.length;
  const starts = Uint32Array.from({ length: rows + 1 }, (_, row) => row * NEAR);
  const to = new Uint32Array(rows * NEAR);
  for (const [row, others] of order.entries()) to.set(others.subarray(0, NEAR), row * NEAR);
  const distances = Float32Array.from(to, (other, at) =>
    apart(points[Math.floor(at / NEAR)]!, points[other]!),
  );
  return { rows, starts, to, distances };
}

/** How far neighbours in the plane are neighbours in space: 1 if all are, about 0.5 if they are by chance. */
function trustworthiness(space: readonly Uint32Array[], xy: Float32Array): number {
  const n = space.length;
  const plane = byNearness(Array.from({ length: n }, (_, row) => xy.subarray(2 * row, 2 * row + 2)));
  let strangers = 0;
  for (const [row, others] of plane.entries()) {
    const rank = new Uint32Array(n);
    for (const [at, other] of space[row]!.entries()) rank[other] = at + 1;
    for (const other of others.subarray(0, NEAR)) strangers += Math.max(0, rank[other]! - NEAR);
  }
  return 1 - (2 * strangers) / (n * NEAR * (2 * n - 3 * NEAR - 1));
}

function finished(steps: Generator<number, Float32Array>): Float32Array {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
    expect(value).toBeGreaterThanOrEqual(0);
    expect(value).toBeLessThanOrEqual(1);
  }
}

const points = clusters(5);
const order = byNearness(points);
const graph = graphOf(points, order);

test('neighbours in the plane are neighbours in space, and a seed gives one layout', () => {
  const xy = finished(layOut(graph, { seed: 1 }));
  expect(xy.every(Number.isFinite)).toBe(true);
  const trust = trustworthiness(order, xy);
  expect(trust).toBeGreaterThan(0.9);
  expect(finished(layOut(graph, { seed: 1 }))).toEqual(xy);
  expect(finished(layOut(graph, { seed: 2 }))).not.toEqual(xy);
});

/** How like two layouts are where rows have places in both, as they lie: 1 if one is the other, larger or smaller. */
function likeness(a: Float32Array, b: Float32Array, placed: Uint8Array): number {
  const some = [...placed.keys()].filter((row) => placed[row] === 1);
  const centred = (xy: Float32Array): number[] => {
    const mean = (at: number): number => some.reduce((sum, row) => sum + xy[2 * row + at]!, 0) / some.length;
    const [x, y] = [mean(0), mean(1)];
    return some.flatMap((row) => [xy[2 * row]! - x, xy[2 * row + 1]! - y]);
  };
  const [one, two] = [centred(a), centred(b)];
  return (
    one.reduce((sum, value, at) => sum + value * two[at]!, 0) / (Math.hypot(...one) * Math.hypot(...two))
  );
}

test('a layout of what lay elsewhere before lies as that did, and is no other', () => {
  const own = finished(layOut(graph, { seed: 1 }));
  const placed = Uint8Array.from({ length: ROWS }, (_, row) => (row % 3 === 0 ? 1 : 0));
  for (const side of [1, -1])
    for (const angle of [0.4, 2, 4]) {
      const before = new Float32Array(2 * ROWS);
      for (let row = 0; row < ROWS; row += 3) {
        const [x, y] = [own[2 * row]!, side * own[2 * row + 1]!];
        before[2 * row] = 3 + 2 * (x * Math.cos(angle) - y * Math.sin(angle));
        before[2 * row + 1] = 2 * (x * Math.sin(angle) + y * Math.cos(angle));
      }
      const xy = finished(layOut(graph, { seed: 1, before: { xy: before, placed } }));
      expect(likeness(xy, before, placed), `${side} ${angle}`).toBeGreaterThan(0.999);
      const from = (one: Float32Array, row: number): number =>
        apart(one.subarray(0, 2), one.subarray(2 * row, 2 * row + 2));
      for (const row of [1, 50, 700]) expect(from(xy, row)).toBeCloseTo(from(own, row), 2);
    }
});

test('rows that come later find their places, and no other row moves', () => {
  const before = finished(layOut(graph, { seed: 1 }));
  const placed = Uint8Array.from({ length: ROWS }, (_, row) => (row < ROWS - 100 ? 1 : 0));
  const xy = finished(addTo({ xy: before.slice(0, 2 * (ROWS - 100)), placed }, graph, { seed: 3 }));
  expect(xy.subarray(0, 2 * (ROWS - 100))).toEqual(before.subarray(0, 2 * (ROWS - 100)));
  expect(trustworthiness(order, xy)).toBeGreaterThan(0.9);
});

test('no rows, one row and rows without links have a layout', () => {
  for (const rows of [0, 1, 5]) {
    const none = {
      rows,
      starts: new Uint32Array(rows + 1),
      to: new Uint32Array(0),
      distances: new Float32Array(0),
    };
    expect(finished(layOut(none, { seed: 1 })).length).toBe(2 * rows);
    const nowhere = { xy: new Float32Array(0), placed: new Uint8Array(0) };
    expect(finished(addTo(nowhere, none, { seed: 1 })).length).toBe(2 * rows);
  }
});
