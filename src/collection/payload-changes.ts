/*
 * Which slots got another payload, or other values, in order: what is remembered of filters is corrected by it, and an answer that
 * took several turns sees whether what it found may match no more.
 *
 * One thread uses it. Slots that were given anew (by a compaction) are another matter: who remembers slots looks at that
 * first.
 */

/** Changes that are remembered; who is further behind begins anew. */
const KEPT = 65_536;

export class PayloadChanges {
  #slots: number[] = [];
  /** Changes before those that are remembered. */
  #forgotten = 0;

  /** How many there were. */
  get count(): number {
    return this.#forgotten + this.#slots.length;
  }

  note(slot: number): void {
    if (this.#slots.length === KEPT) {
      this.#slots = this.#slots.slice(KEPT / 2);
      this.#forgotten += KEPT / 2;
    }
    this.#slots.push(slot);
  }

  /** Whether those behind the first `count` are remembered. */
  remembers(count: number): boolean {
    return count >= this.#forgotten;
  }

  /** Those behind the first `count`; undefined where they are not remembered any more. */
  since(count: number): readonly number[] | undefined {
    if (!this.remembers(count)) return undefined;
    return count === this.count ? NONE : this.#slots.slice(count - this.#forgotten);
  }
}

const NONE: readonly number[] = [];

/** Changes of values, by the numbers of fields. */
export class ValueChanges {
  readonly #fields = new Map<number, PayloadChanges>();

  of(field: number): PayloadChanges {
    let changes = this.#fields.get(field);
    if (!changes) this.#fields.set(field, (changes = new PayloadChanges()));
    return changes;
  }

  note(slot: number, fields: readonly number[]): void {
    for (const field of fields) this.of(field).note(slot);
  }

  /** Nobody asks for those of a field that is no more. */
  forget(field: number): void {
    this.#fields.delete(field);
  }
}
