/* What was dumped is loaded as it was, while rows are added and with fewer rows; what is malformed is refused. */
import { describe, expect, test } from 'vitest';
import { newBits } from '#silt/filter/bits.js';
import { newValueIndex } from '#silt/filter/indexes/new-index.js';
import type { IndexKind, ValueIndex } from '#silt/filter/indexes/value-index.js';
import { SnapshotError } from '#silt/index.js';
import { amount, someOf } from '../../support/amount.js';
import { integer, randomOf } from '../../support/random.js';
import { marked, naive, type Values } from './naive.js';
import { KINDS, manyRows, manyTests } from './rows.js';

function add(index: ValueIndex, rows: readonly Values[], from = 0): void {
  for (let slot = from; slot < rows.length; slot++) index.add(slot, rows[slot]!);
}

function loaded(kind: IndexKind, blocks: Iterable<Uint8Array>, rows: number): ValueIndex {
  const index = newValueIndex(kind);
  index.load(blocks, rows);
  return index;
}

function expectSame(index: ValueIndex, rows: readonly Values[], seed: number): void {
  for (const one of manyTests(seed, 54)) {
    const found = marked(index, one, rows.length, rows);
    if (found) expect(found, `${index.kind}: ${JSON.stringify(one)}`).toEqual(naive(one, rows));
  }
}

function* bytesOf(blocks: Iterable<Uint8Array>): Generator<Uint8Array> {
  for (const block of blocks) for (let i = 0; i < block.length; i++) yield block.subarray(i, i + 1);
}

describe.each(KINDS)('%s', (kind) => {
  test('loaded, cut at fewer rows, and added to', () => {
    const rows = manyRows(21, 12_000);
    const index = newValueIndex(kind);
    add(index, rows);
    const blocks = [...index.dump()];
    for (const count of [12_000, 7_001, 33, 1, 0]) {
      const again = loaded(kind, blocks, count);
      expectSame(again, rows.slice(0, count), count);
      // Others than those that were left out, of which nothing must be left.
      const others = [...rows.slice(0, count), ...manyRows(count + 2, 3_000)];
      add(again, others, count);
      expectSame(again, others, count + 1);
      again.dispose();
    }
    const again = loaded(kind, bytesOf(blocks), 12_000);
    expect(again.entries).toBe(index.entries);
    expect([...again.dump()].length).toBe(blocks.length);
    expectSame(again, rows, 5);
  });

  test('an empty one', () => {
    const again = loaded(kind, newValueIndex(kind).dump(), 10);
    expect(again.entries).toBe(0);
    expect(marked(again, { kind: 'empty', is: true }, 3, [])).toEqual([0, 1, 2]);
  });

  test('cut short anywhere, too long, or of another kind', () => {
    const index = newValueIndex(kind);
    add(index, manyRows(22, 60));
    const bytes = Buffer.concat([...index.dump()]);
    loaded(kind, [bytes], 60).dispose();
    for (let cut = 0; cut < bytes.length; cut++)
      expect(() => loaded(kind, [bytes.subarray(0, cut)], 60), `cut at ${cut}`).toThrow(SnapshotError);
    expect(() => loaded(kind, [bytes, Uint8Array.of(0)], 60)).toThrow('too long');
    const other = kind === 'float' ? 'integer' : 'float';
    expect(() => loaded(other, [bytes], 60)).toThrow('another kind');
  });

  test('any byte altered: refused, or loaded and good for answers', () => {
    const index = newValueIndex(kind);
    add(index, manyRows(23, 120));
    const bytes = Buffer.concat([...index.dump()]);
    for (let at = 0; at < bytes.length; at += amount('SILT_STEP', 9, 1)) {
      for (const flip of [1, 0x80, 0xff]) {
        const altered = Uint8Array.from(bytes);
        altered[at]! ^= flip;
        const again = newValueIndex(kind);
        try {
          again.load([altered], 120);
          for (const one of manyTests(at, 9)) again.mark(one, newBits(120), 120);
          add(again, manyRows(at, 130), 120);
        } catch (error) {
          expect(error, `byte ${at}`).toBeInstanceOf(SnapshotError);
        }
        again.dispose();
      }
    }
  });
});

test('strings that UTF-8 has no form for, or a decoder would change', () => {
  const texts = [
    '',
    '\ufeff',
    '\ufeffa',
    'a',
    '\ud800',
    '\ud801',
    'a\udfff',
    '\ufffd',
    'ä',
    '😀',
    'x'.repeat(70_000),
  ];
  const index = newValueIndex('keyword');
  for (const [slot, text] of texts.entries()) index.add(slot, [text]);
  const again = loaded('keyword', bytesOf(index.dump()), texts.length);
  for (const [slot, text] of texts.entries())
    expect(marked(again, { kind: 'match', values: new Set([text]) }, texts.length, [])).toEqual([slot]);
});

test('one string twice is refused', () => {
  const index = newValueIndex('keyword');
  for (const [slot, text] of ['code-1', 'code-2'].entries()) index.add(slot, [text]);
  const bytes = Buffer.concat([...index.dump()]);
  bytes.write('code-1', bytes.indexOf('code-2'));
  expect(() => loaded('keyword', [bytes], 2)).toThrow('a string occurs twice');
});

/** Rows whose dump takes several blocks, and tests of them. */
const LARGE: Readonly<Record<string, { kind: IndexKind; count: number; valueAt(slot: number): unknown }>> = {
  'long strings': { kind: 'keyword', count: 6_000, valueAt: (slot) => `${slot % 5_000}`.padStart(500, 'x') },
  UUIDs: {
    kind: 'uuid',
    count: 60_000,
    valueAt: (slot) => `${(slot % 50_000).toString(16).padStart(8, '0')}-0000-4000-8000-00000000000a`,
  },
  'many words': {
    kind: 'text',
    count: 5_000,
    valueAt: (slot) => Array.from({ length: 40 }, (_, i) => `word${(slot * 37 + i) % 150_000}`).join(' '),
  },
  numbers: { kind: 'float', count: 200_000, valueAt: (slot) => (slot % 5 === 0 ? 7 : Math.sin(slot) * 300) },
  times: {
    kind: 'datetime',
    count: 100_000,
    valueAt: (slot) => new Date(((slot * 7_919) % 100_003) * 1e7).toISOString(),
  },
  places: {
    kind: 'geo',
    count: 70_000,
    valueAt: (slot) => ({ lat: Math.sin(slot) * 90, lon: Math.cos(slot * 3) * 180 }),
  },
};

describe.each(someOf(Object.entries(LARGE), 4))('blocks of %s', (_, { kind, count, valueAt }) => {
  const rows: Values[] = Array.from({ length: 2 * count }, (_, slot) => [valueAt(slot)]);
  const strings = [valueAt(3), valueAt(count - 1)].filter((value) => typeof value === 'string');
  const extra = strings.map((text) => ({ kind: 'match', values: new Set([text]) }) as const);
  const words = strings.map((text) => ({ kind: 'text', text: text.slice(0, 20) }) as const);

  test('are of 1 MiB, and rows may be added between them', () => {
    const index = newValueIndex(kind);
    add(index, rows.slice(0, count));
    const random = randomOf(count);
    const blocks: Uint8Array[] = [];
    let next = count;
    for (const block of index.dump()) {
      blocks.push(block);
      const end = Math.min(rows.length, next + integer(random, 0, count));
      add(index, rows.slice(0, end), next);
      next = end;
    }
    expect(blocks.length).toBeGreaterThan(1);
    for (const block of blocks) expect(block.length).toBeLessThanOrEqual(1 << 20);
    const again = loaded(kind, blocks, count);
    for (const of of [count, 2 * count]) {
      add(again, rows.slice(0, of), count);
      for (const one of [...manyTests(9, 27), ...extra, ...words]) {
        const found = marked(again, one, of, rows);
        if (found) expect(found).toEqual(naive(one, rows.slice(0, of)));
      }
    }
    index.dispose();
    again.dispose();
  });
});
