/*
 * Which slots got another payload, or other values, in order, and what of it changed: what is remembered of filters is corrected by
 * it, and an answer that took several turns sees whether what it found may match no more. Who looks at other members of payloads is
 * not told.
 *
 * One thread uses it. Slots that were given anew (by a compaction) are another matter: who remembers slots looks at that
 * first.
 */
import { type Aspect, type Aspects, haveInCommon, PRESENCE } from '../filter/aspects.js';

/** Changes that are remembered; who is further behind begins anew. */
const KEPT = 65_536;
/** Aspects, and sets of them, that are told apart; what comes beyond these may be anything. */
const ASPECTS = 1_024;

export class PayloadChanges {
  #slots: number[] = [];
  /** What of each changed. */
  #aspects: Aspects[] = [];
  /** Changes before those that are remembered. */
  #forgotten = 0;
  /** Of these: behind the last that may have changed anything, and behind the last of each aspect. */
  #forgottenOfAny = 0;
  readonly #forgottenOf = new Map<Aspect, number>();
  /** One set for all that are the same: each call of a writer brings another. */
  readonly #sets = new Map<string, Aspects>();
  #last: { readonly given: Aspects; readonly own: Aspects } = { given: undefined, own: undefined };

  /** How many there were. */
  get count(): number {
    return this.#forgotten + this.#slots.length;
  }

  /** `aspects`: what of the point may be another; undefined: all. */
  note(slot: number, aspects?: Aspects): void {
    if (this.#slots.length === KEPT) this.#forget(KEPT / 2);
    this.#slots.push(slot);
    if (aspects !== this.#last.given) this.#last = { given: aspects, own: this.#own(aspects) };
    this.#aspects.push(this.#last.own);
  }

  #own(aspects: Aspects): Aspects {
    if (!aspects) return undefined;
    const name = JSON.stringify(Array.from(aspects, (one) => (one === PRESENCE ? null : one)));
    const known = this.#sets.get(name);
    if (known || this.#sets.size === ASPECTS) return known;
    this.#sets.set(name, aspects);
    return aspects;
  }

  #forget(most: number): void {
    for (const [i, aspects] of this.#aspects.slice(0, most).entries()) {
      const isLast = i === most - 1 || aspects !== this.#aspects[i + 1]; // those of one write share theirs
      if (isLast) this.#forgetOf(aspects, this.#forgotten + i + 1);
    }
    this.#slots = this.#slots.slice(most);
    this.#aspects = this.#aspects.slice(most);
    this.#forgotten += most;
    this.#sets.clear();
    this.#last = { given: undefined, own: undefined };
  }

  #forgetOf(aspects: Aspects, count: number): void {
    if (aspects && this.#forgottenOf.size + aspects.size <= ASPECTS) {
      for (const one of aspects) this.#forgottenOf.set(one, count);
      return;
    }
    this.#forgottenOfAny = count;
    this.#forgottenOf.clear();
  }

  /** Whether those behind the first `count` are remembered, as far as they are of some aspects. */
  remembers(count: number, aspects?: Aspects): boolean {
    if (count >= this.#forgotten || aspects?.size === 0) return true;
    if (!aspects || count < this.#forgottenOfAny) return false;
    for (const one of aspects) if (count < (this.#forgottenOf.get(one) ?? 0)) return false;
    return true;
  }

  /** Those behind the first `count`, as far as they are of some aspects; undefined where they are not remembered any more. */
  since(count: number, aspects?: Aspects): readonly number[] | undefined {
    if (!this.remembers(count, aspects)) return undefined;
    if (count === this.count || aspects?.size === 0) return NONE;
    const first = Math.max(0, count - this.#forgotten);
    if (!aspects) return this.#slots.slice(first);
    const found: number[] = [];
    let isOfThem = false;
    for (let i = first; i < this.#slots.length; i++) {
      const changed = this.#aspects[i];
      if (i === first || changed !== this.#aspects[i - 1]) isOfThem = haveInCommon(aspects, changed);
      if (isOfThem) found.push(this.#slots[i]!);
    }
    return found;
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
