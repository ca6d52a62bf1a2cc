/* Kernels and everything else read a descriptor by the offsets of layout.ts, and tell each other numbers of it. */
import { expect, test } from 'vitest';
import { geometryOf } from '#silt/kernel/geometry.js';
import * as L from '#silt/kernel/layout.js';
import { sourcesOf } from '../support/sources.js';

/** Those of 64 bits. */
const LONG: readonly string[] = ['D_ENTRY'];

const value = (name: string): number => (L as Readonly<Record<string, number>>)[name]!;

/** Constants of a kind, in the order of the file. */
function constants(kind: RegExp): string[] {
  const { text } = sourcesOf('src/kernel').find(({ path }) => path === 'src/kernel/layout.ts')!;
  return [...text.matchAll(/^export const (\w+) =/gm)]
    .map(([, name]) => name!)
    .filter((name) => kind.test(name));
}

test('words of the descriptor rise, are aligned, and do not overlap', () => {
  let end = 0;
  const names = constants(/^D_/);
  for (const name of names) {
    const bytes = LONG.includes(name) ? 8 : 4;
    expect(value(name) % bytes, name).toBe(0);
    expect(value(name), name).toBeGreaterThanOrEqual(end);
    end = value(name) + bytes;
  }
  expect(names.length).toBeGreaterThan(40);
  expect(end).toBeLessThanOrEqual(L.DESC_BYTES);
  expect(L.DESC + L.DESC_BYTES).toBeLessThanOrEqual(L.FRONT);
  expect(L.DESC % 8).toBe(0);
});

test('sections of a block and parts of scratch stand in the order of their words', () => {
  const { descriptor } = geometryOf({
    dimension: 100,
    metric: L.COSINE,
    m: 16,
    efConstruction: 200,
    seed: 1,
    threads: 2,
    maxBytes: 1 << 26,
  });
  for (const kind of [/^D_SEC_/, /^D_S_/]) {
    const offsets = constants(kind).map((name) => descriptor[value(name) / 4]!);
    expect(offsets).toEqual([...new Set(offsets)].sort((a, b) => a - b));
  }
});

test.each([
  ['words of scratch', /^S_/, (i: number) => 4 * i],
  ['metrics', /^(COSINE|EUCLIDEAN|DOT|HAMMING|JACCARD)$/, (i: number) => i],
  ['kinds of codes', /^CODE_/, (i: number) => i],
  ['states of a row', /^(LINKED|MASKED|QUARANTINED|WIDE)$/, (i: number) => 1 << i],
  ['what a scan may return', /^(UNFILTERED|ASKED|ADMITTED)$/, (i: number) => i],
  ['what a walk may return', /^WALK_/, (i: number) => i],
  ['flags of an entry', /^(EXPANDED|COUNTS)$/, (i: number) => 1 << i],
  ['faults of a row', /^FAULT_/, (i: number) => 1 << i],
  ['verdicts', /^VECTOR_/, (i: number) => i],
])('%s are numbered without a gap', (_, kind, at) => {
  const names = constants(kind);
  expect(names.length).toBeGreaterThan(1);
  expect(names.map(value)).toEqual(names.map((_name, i) => at(i)));
});
