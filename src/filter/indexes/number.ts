/* Numbers in order, and times as numbers: ranges of both; of numbers, `match` and `except` as well. */
import type { Scalar, Test } from '../condition.js';
import { microsecondsOf } from '../datetime.js';
import type { BlockReader, BlockWriter } from './blocks.js';
import type { Space } from './bucket.js';
import { Listed, Range } from './line-regions.js';
import { SlotSet } from './postings.js';
import type { Region } from './region.js';
import { Shelves } from './shelves.js';
import type { Contents } from './value-index.js';

/** What elements are taken for, and which tests are asked of them. */
interface Reading {
  valueOf(element: unknown): number | undefined;
  regionOf(test: Test): Region | undefined;
}

function areNumbers(values: ReadonlySet<Scalar>): values is ReadonlySet<number> {
  for (const value of values) if (typeof value !== 'number') return false;
  return true;
}

export const NUMBERS: Reading = {
  valueOf: (element) => (typeof element === 'number' && Number.isFinite(element) ? element : undefined),
  regionOf(test) {
    if (test.kind === 'number') return new Range(test.range);
    if ((test.kind !== 'match' && test.kind !== 'except') || !areNumbers(test.values)) return undefined;
    const [first, ...more] = test.values;
    if (test.kind === 'match' && first !== undefined && more.length === 0)
      return new Range({ from: first, to: first, withFrom: true, withTo: true });
    return new Listed(test.values, test.kind === 'match');
  },
};

export const TIMES: Reading = {
  valueOf: (element) => (typeof element === 'string' ? microsecondsOf(element) : undefined),
  regionOf: (test) => (test.kind === 'datetime' ? new Range(test.range) : undefined),
};

/** A test of 4,096 entries takes some 10 µs. */
const LINE: Space = { width: 1, bucketEntries: 4_096, keyOf: (columns, at) => columns[0]![at]! };

export class NumberContents implements Contents {
  readonly #reading: Reading;
  readonly #line = new Shelves(LINE);
  /** Rows with an element that is neither a value nor null. */
  readonly #others = new SlotSet();
  readonly #point = [new Float64Array(1)];

  constructor(reading: Reading) {
    this.#reading = reading;
  }

  get entries(): number {
    return this.#line.entries;
  }

  add(slot: number, elements: readonly unknown[]): void {
    let others = false;
    const added = elements.length > 1 ? new Set<number>() : undefined;
    for (const element of elements) {
      const value = this.#reading.valueOf(element);
      if (value === undefined) others ||= element !== null;
      else if (!added?.has(value)) {
        added?.add(value);
        this.#point[0]![0] = value;
        this.#line.add(this.#point, 0, slot);
      }
    }
    if (others) this.#others.add(slot);
  }

  mark(test: Test, words: Uint32Array, rows: number): boolean {
    const region = this.#reading.regionOf(test);
    if (!region) return false;
    this.#line.mark(region, words, rows);
    if (test.kind === 'except') this.#others.mark(words, rows);
    return true;
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    this.#others.dump(out);
    yield* this.#line.dump(out);
  }

  load(from: BlockReader, rows: number): void {
    this.#others.load(from, rows);
    this.#line.load(from, rows);
  }

  dispose(): void {
    this.#others.dispose();
    this.#line.dispose();
  }
}
