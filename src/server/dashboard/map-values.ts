/*
 * What the points of a map are coloured by: the values at a path of their payloads. Points that come, and payloads that change, are
 * read when colours are asked for; all are read again where the scale does not fit any more, in an edition of its own.
 */
import type { Patched, PointMap } from '../../collection/point-map.js';
import { type Path, valuesAt } from '../../filter/path.js';
import { isValue, NOTHING, type Scale, scaleFor, type Value } from './map-scale.js';
import type { ColoursView, LegendEntry } from './wire.js';

/** Payloads that are read between two looks at the clock: they may be large. */
const READ = 16;
/** Codes that are counted likewise. */
const COUNTED = 4_096;
/** With so many times more points than it was made for, and some at least, another scale is made. */
const GROWN = 1.5;
const GROWN_LEAST = 500;
/** Changes that are told one by one. */
const CHANGES = 20_000;

/** What a page has of colours. */
export interface Had {
  readonly edition: unknown;
  readonly from: number;
  readonly changes: number;
}

const base64 = (codes: Uint8Array): string =>
  Buffer.from(codes.buffer, codes.byteOffset, codes.byteLength).toString('base64');

export class Legend {
  readonly path: Path;
  readonly #map: PointMap;
  #edition = 0;
  #scale: Scale | undefined;
  #madeFor = 0;
  #patched: Patched | undefined;
  #codes = new Uint8Array(0);
  #counts = new Uint32Array(0);
  /** Points whose colour changed, in this edition. */
  #changes: number[] = [];
  #working: Promise<void> | undefined;

  constructor(map: PointMap, path: Path) {
    this.#map = map;
    this.path = path;
  }

  /** What the page has not yet. Who asks while it is being read waits for that. */
  async view(had: Had): Promise<ColoursView> {
    this.#working ??= this.#map.inTurns(this.#update()).finally(() => {
      this.#working = undefined;
    });
    await this.#working;
    const same = had.edition === this.#edition;
    const from = same ? had.from : 0;
    const changed = same ? this.#changes.slice(had.changes) : [];
    return {
      edition: this.#edition,
      ranges: this.#scale!.ranges,
      entries: this.#entries(),
      from,
      codes: base64(this.#codes.subarray(from)),
      changes: this.#changes.length,
      changed: { numbers: changed, codes: base64(Uint8Array.from(changed, (at) => this.#codes[at]!)) },
    };
  }

  /** Those that no point has any more are there as well, but for that of all other values. */
  #entries(): LegendEntry[] {
    const { ranges, labels } = this.#scale!;
    const entries = labels().map((label, at) => ({ label, count: this.#counts[at + 1] ?? 0 }));
    if (ranges) return entries;
    const rest = entries.pop()!;
    return rest.count === 0 ? entries : [...entries, { ...rest, rest: true }];
  }

  *#update(): Generator<void, void> {
    const { now, numbers } = this.#map.patchedSince(this.#patched);
    this.#patched = now; // what changes from here on is read the next time
    const { count } = this.#map;
    const grown = count > Math.max(GROWN * this.#madeFor, this.#madeFor + GROWN_LEAST);
    if (!this.#scale || !numbers || grown || this.#changes.length > CHANGES) yield* this.#makeAnew(count);
    else yield* this.#correct(numbers, count);
    yield* this.#count();
  }

  *#makeAnew(count: number): Generator<void, void> {
    const values: (Value | undefined)[] = [];
    for (let number = 0; number < count; number++) {
      if (number % READ === 0) yield;
      values.push(this.#valueOf(number));
    }
    const scale = yield* scaleFor(values);
    const codes = new Uint8Array(count);
    for (const [number, value] of values.entries()) {
      if (number % READ === 0) yield;
      codes[number] = scale.codeOf(value);
    }
    this.#edition++;
    [this.#scale, this.#codes, this.#madeFor, this.#changes] = [scale, codes, count, []];
  }

  *#correct(numbers: readonly number[], count: number): Generator<void, void> {
    const codes = new Uint8Array(Math.max(count, this.#codes.length));
    codes.set(this.#codes);
    const changes: number[] = [];
    for (const [i, number] of numbers.entries()) {
      if (i % READ === 0) yield;
      const code = this.#codeOf(number);
      if (number >= this.#codes.length || codes[number] === code) continue;
      codes[number] = code;
      changes.push(number);
    }
    for (let number = this.#codes.length; number < count; number++) {
      if (number % READ === 0) yield;
      codes[number] = this.#codeOf(number);
    }
    this.#codes = codes;
    this.#changes.push(...changes);
  }

  *#count(): Generator<void, void> {
    const counts = new Uint32Array(256);
    for (const [number, code] of this.#codes.entries()) {
      if (number % COUNTED === 0) yield;
      if (code !== NOTHING && this.#map.lives(number)) counts[code]!++;
    }
    this.#counts = counts;
  }

  #codeOf(number: number): number {
    return this.#scale!.codeOf(this.#valueOf(number));
  }

  /** The first one, where it has several. */
  #valueOf(number: number): Value | undefined {
    return valuesAt(this.#map.payloadAt(number), this.path).flat(1).find(isValue);
  }
}
