/* The memory of an inverted index: what the kernel and everything else read of it does not overlap. */
import { expect, test } from 'vitest';
import * as L from '#silt/kernel/postings-layout.js';

const LAYOUT: Readonly<Record<string, number>> = L;

/** Parts in their order, each with its bytes. */
function fits(parts: readonly (readonly [name: string, bytes: number])[], end: number): void {
  for (const [i, [name, bytes]] of parts.entries()) {
    const next = parts[i + 1];
    expect(LAYOUT[name]! + bytes, name).toBeLessThanOrEqual(next ? LAYOUT[next[0]]! : end);
  }
}

test('parts of the memory, of a term, a run, a query and a list of it follow each other', () => {
  const words = (...names: string[]) => names.map((name) => [name, 4] as const);
  fits([...words('TOP', 'VALUE_BYTES', 'NORM_FIXED', 'NORM_LENGTH'), ['FREE', 4 * 113]], L.INPUT_TERMS);
  fits(
    [
      ['INPUT_TERMS', 4 * L.INPUT_MOST],
      ['INPUT_VALUES', 4 * L.INPUT_MOST],
      ['SUMS', 4 * L.WINDOW_SLOTS],
      ['BITS', L.BITS_BYTES],
      ['OTHER_BITS', L.BITS_BYTES],
    ],
    L.REGIONS,
  );
  fits(words('TERM_FIRST', 'TERM_LAST', 'TERM_BEFORE', 'TERM_COUNT'), L.TERM_BYTES);
  const shorts = ['RUN_WINDOW', 'RUN_COUNT', 'RUN_CAPACITY'].map((name) => [name, 2] as const);
  fits([...words('RUN_NEXT'), ...shorts, ...words('RUN_HIGH', 'RUN_LOW')], L.RUN_OFFSETS);
  fits(
    [
      ...words('Q_LISTS', 'Q_K', 'Q_SIZE', 'Q_HEAP', 'Q_NORM', 'Q_AVERAGE', 'Q_ORDER'),
      ['Q_SLACK', 8],
      ...words('Q_WINDOWS', 'Q_ADDED', 'Q_TRIED'),
    ],
    L.Q_FIRST,
  );
  fits(
    [
      ...words('LIST_TERM', 'LIST_CURSOR', 'LIST_WEIGHT', 'LIST_RUN'),
      ['LIST_BOUND', 8],
      ...words('LIST_COUNTED', 'LIST_GROUP'),
      ['LIST_REST', 8],
      ...words('LIST_ADDED', 'LIST_LEFT'),
    ],
    L.LIST_BYTES,
  );
  expect(L.WINDOW_SLOTS).toBe(1 << L.WINDOW_SHIFT);
  expect(8 * L.BITS_BYTES).toBe(L.WINDOW_SLOTS);
});
