/* Numbers in order, and times as numbers: ranges of both; of numbers, `match` and `except` as well. */
import type { Scalar, Test } from '../condition.js';
import { microsecondsOf } from '../datetime.js';
import type { BlockReader, BlockWriter } from './blocks.js';
import type { Space } from './bucket.js';
import { Listed, Range } from './line-regions.js';
import { Points } from './points.js';
import { SlotSet } from './postings.js';
import type { Region } from './region.js';
import type { Contents, Told } from './value-index.js';

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

/** A test of so many entries takes about 1 µs. */
const LINE: Space = { width: 1, bucketEntries: 1_024, keyOf: (columns, at) => columns[0]![at]! };

export class NumberContents implements Contents {
  readonly #reading: Reading;
  readonly #line = new Points(LINE);
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
    if (elements.length !== 1) {
      this.#addSeveral(slot, elements);
      return;
    }
    const value = this.#reading.valueOf(elements[0]);
    if (value !== undefined) {
      this.#point[0]![0] = value;
      this.#line.add(this.#point, 1, slot);
    } else if (elements[0] !== null) this.#others.add(slot);
  }

  #addSeveral(slot: number, elements: readonly unknown[]): void {
    const values = new Set<number>();
    let others = false;
    for (const element of elements) {
      const value = this.#reading.valueOf(element);
      if (value !== undefined) values.add(value);
      else others ||= element !== null;
    }
    this.#line.add([Float64Array.from(values)], values.size, slot);
    if (others) this.#others.add(slot);
  }

  mark(test: Test, words: Uint32Array, rows: number): Told {
    const region = this.#reading.regionOf(test);
    if (!region) return 'nothing';
    this.#line.mark(region, words, rows);
    if (test.kind === 'except') this.#others.mark(words, rows);
    return 'exact';
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
