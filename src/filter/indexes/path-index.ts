/* A payload index of any kind: which rows have values, and what the kind keeps of their elements. */
import type { Test } from '../condition.js';
import { elementsOf } from '../path.js';
import { BlockReader, BlockWriter, malformed } from './blocks.js';
import { Presence } from './presence.js';
import type { Contents, IndexKind, Told, ValueIndex } from './value-index.js';

/** Begins a dump. Raised whenever its form changes. */
const FORM = 1;

export class PathIndex implements ValueIndex {
  readonly kind: IndexKind;
  readonly #presence = new Presence();
  readonly #contents: Contents;

  constructor(kind: IndexKind, contents: Contents) {
    this.kind = kind;
    this.#contents = contents;
  }

  get entries(): number {
    return this.#contents.entries;
  }

  add(slot: number, values: readonly unknown[]): void {
    const elements = values.some(Array.isArray) ? elementsOf(values) : values;
    this.#presence.add(slot, values, elements);
    this.#contents.add(slot, elements);
  }

  mark(test: Test, words: Uint32Array, rows: number): Told {
    if (test.kind !== 'empty' && test.kind !== 'null')
      return this.#contents.mark(test, words, rows, this.#presence);
    this.#presence.mark(test, words, rows);
    return 'exact';
  }

  *dump(): Generator<Uint8Array> {
    const out = new BlockWriter();
    out.uint(FORM);
    out.text(this.kind);
    this.#presence.dump(out);
    yield* this.#contents.dump(out);
    yield* out.rest();
  }

  load(blocks: Iterable<Uint8Array>, rows: number): void {
    const from = new BlockReader(blocks);
    const form = from.uint();
    if (form !== FORM) throw malformed(`its form is ${form}, not ${FORM}`);
    const kind = from.text();
    if (kind !== this.kind) throw malformed(`it is of another kind than ${this.kind}`);
    this.#presence.load(from, rows);
    this.#contents.load(from, rows);
    from.end();
  }

  dispose(): void {
    this.#presence.dispose();
    this.#contents.dispose();
  }
}
