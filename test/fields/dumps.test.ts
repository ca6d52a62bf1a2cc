import { describe, expect, test } from 'vitest';
import { SparseIndex, type SparseValue } from '#silt/fields/sparse/sparse-index.js';
import { TextIndex } from '#silt/fields/text/text-index.js';
import type { Tokens } from '#silt/fields/text/weighed.js';
import { type Arriving, BlockReader } from '#silt/filter/indexes/blocks.js';
import { SnapshotError } from '#silt/index.js';
import { liveWhere, searched } from '../support/inverted.js';
import { BUILDS } from '../support/kernels.js';
import { runs } from '../support/properties.js';
import { integer, type Random, randomOf } from '../support/random.js';

const code = BUILDS[0]!;

function vectorOf(random: Random): SparseValue {
  const indices = new Set(
    Array.from({ length: 12 }, () => integer(random, 0, random() < 0.1 ? 2 ** 32 : 99)),
  );
  const sorted = [...indices].sort((a, b) => a - b);
  return { indices: sorted, values: sorted.map(() => Math.fround(random() - 0.3)) };
}

function textOf(random: Random): Tokens {
  return Array.from({ length: integer(random, 0, 30) }, () =>
    random() < 0.1 ? null : `é${Math.floor(300 * random() ** 3)}`,
  );
}

/** Both kinds by the same calls: what is added comes from a seed. */
const KINDS = {
  sparse: () => {
    const index = new SparseIndex(code, { idf: true });
    return {
      index,
      add: (slot: number, random: Random) => index.add(slot, vectorOf(random)),
      ask: (random: Random, rows: number) => {
        const live = liveWhere(rows, () => true);
        return searched(index, index.weigh(vectorOf(random), live), { k: 50, rows });
      },
    };
  },
  text: () => {
    const index = new TextIndex(code, { positions: true });
    return {
      index,
      add: (slot: number, random: Random) => index.add(slot, textOf(random)),
      ask: (random: Random, rows: number) => {
        const live = liveWhere(rows, () => true);
        const words = textOf(random).map((word) => ({ word: word ?? 'é0' }));
        const phrases = random() < 0.5 ? [['é0', 'é1']] : [];
        return searched(index, index.weigh({ words, phrases }, live), { k: 50, rows });
      },
    };
  },
};

/** In one go. */
function load(index: SparseIndex | TextIndex, from: BlockReader, rows: number): void {
  for (const _ of index.loading(from, rows));
}

/** Bytes that arrive, some at a time, when so many are asked for that they are not there. */
class Pieces implements Arriving {
  readonly #bytes: Uint8Array;
  readonly #random: Random;
  readonly #blocks: Uint8Array[] = [];
  #at = 0;
  held = 0;
  most = 0;
  asked = 0;

  constructor(bytes: Uint8Array, random: Random) {
    this.#bytes = bytes;
    this.#random = random;
  }

  fill(count: number): void {
    this.asked = Math.max(this.asked, count);
    while (this.held < count) {
      const length = Math.min(integer(this.#random, 1, PIECE), this.#bytes.length - this.#at);
      if (length === 0) this.held = Infinity;
      else this.#blocks.push(this.#bytes.subarray(this.#at, this.#at + length));
      this.#at += length;
      this.held += length;
      if (this.held < Infinity) this.most = Math.max(this.most, this.held);
    }
  }

  *[Symbol.iterator](): Generator<Uint8Array> {
    for (let block = this.#blocks.shift(); block; block = this.#blocks.shift()) {
      this.held -= block.length;
      yield block;
    }
  }
}

const PIECE = 1_000;

const slotsOf = (count: number): number[] => Array.from({ length: count }, (_, i) => 61 * i);

describe.each(Object.keys(KINDS) as (keyof typeof KINDS)[])('%s', (kind) => {
  const make = KINDS[kind];
  const filled = (count: number) => {
    const made = make();
    const random = randomOf(1);
    for (const slot of slotsOf(count)) made.add(slot, random);
    return made;
  };
  const copy = (bytes: Uint8Array): Uint8Array => Uint8Array.from(bytes);

  test('an index that was dumped and loaded answers as before, and goes on', () => {
    const before = filled(1_000);
    const after = make();
    load(after.index, new BlockReader(before.index.dump()), 1e9);
    for (const { index, add } of [before, after]) {
      index.forget(61 * 900);
      const random = randomOf(2);
      for (let slot = 61 * 900; slot < 70_000; slot += 100) add(slot, random);
    }
    for (let seed = 0; seed < 20; seed++) {
      const hits = before.ask(randomOf(seed), 70_000);
      expect(after.ask(randomOf(seed), 70_000)).toEqual(hits);
      expect(after.ask(randomOf(seed), 30_000)).toEqual(before.ask(randomOf(seed), 30_000));
    }
  });

  test('a slot in a list that has no value is an error', () => {
    const bytes = Buffer.concat([...filled(100).index.dump()].map(copy));
    load(make().index, new BlockReader([bytes]), 1e9);
    expect(bytes[2]! & 1).toBe(1); // of slot 0: behind the end of all slots, in two bytes
    bytes[2]! &= ~1;
    expect(() => load(make().index, new BlockReader([bytes]), 1e9)).toThrow(
      kind === 'sparse' ? 'a slot without a value' : SnapshotError, // lengths of texts do not fit either
    );
  });

  test('it is loaded while it arrives, whatever the pieces are: no more of it is waited for than the longest part', () => {
    const { index, ask } = filled(6_000);
    const parts = [...index.dump()].map(copy);
    const bytes = Buffer.concat(parts);
    const pieces = new Pieces(bytes, randomOf(7));
    const after = make();
    for (const needed of after.index.loading(new BlockReader(pieces), 1e9))
      if (needed > 0) pieces.fill(needed);
    expect(pieces.held).toBe(Infinity); // to its end
    expect(pieces.most).toBeLessThan(pieces.asked + PIECE);
    expect(pieces.asked).toBeLessThan(100_000); // a run of a whole window
    expect(bytes.length).toBeGreaterThan(300_000);
    for (let seed = 0; seed < 10; seed++)
      expect(after.ask(randomOf(seed), 1e6)).toEqual(ask(randomOf(seed), 1e6));
  });

  test('slots from a number of rows on are left out, and so is what comes while it is dumped', () => {
    const rows = 61 * 2_500;
    const few = filled(2_500);
    const many = filled(20_000);
    const dump = many.index.dump();
    const blocks: Uint8Array[] = [];
    const random = randomOf(3);
    let slot = 61 * 20_000;
    for (const block of dump) {
      blocks.push(copy(block));
      for (let i = 0; i < 1_000; i++) many.add(slot++, random);
    }
    expect(blocks.length).toBeGreaterThan(1);
    const after = make();
    load(after.index, new BlockReader(blocks), rows);
    for (let seed = 0; seed < 10; seed++)
      expect(after.ask(randomOf(seed), 1e6)).toEqual(few.ask(randomOf(seed), 1e6));
  });

  test('damaged bytes are rejected, or make an index that can be searched', () => {
    const whole = [...filled(40).index.dump()].map(copy);
    const bytes = whole[0]!;
    expect(whole).toHaveLength(1);
    for (const length of [0, 1, bytes.length >> 1, bytes.length - 1])
      expect(() => load(make().index, new BlockReader([bytes.subarray(0, length)]), 1e6)).toThrow(
        SnapshotError,
      );
    expect(() => load(make().index, new BlockReader([bytes, bytes]), 1e6)).toThrow(SnapshotError);
    const random = randomOf(4);
    for (let i = 0; i < runs(2_000); i++) {
      const damaged = copy(bytes);
      for (let j = integer(random, 1, 4); j > 0; j--)
        damaged[integer(random, 0, bytes.length)] = integer(random, 0, 256);
      const { index, ask } = make();
      try {
        load(index, new BlockReader([damaged]), 1e6);
      } catch (error) {
        expect(error).toBeInstanceOf(SnapshotError);
        continue;
      }
      ask(random, 61 * 40);
    }
  });
});
