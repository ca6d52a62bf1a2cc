/* How many values were changed in each field of a collection, and when: its counts say so. */
import type { ChangedField, Counts } from './store.js';

/** What a collection has of changed values, while a transaction changes some. */
export class ChangedFields {
  readonly #fields: Map<number, ChangedField>;

  constructor({ changed = {} }: Pick<Counts, 'changed'>) {
    this.#fields = new Map(Object.entries(changed).map(([field, of]) => [Number(field), of]));
  }

  get numbers(): Iterable<number> {
    return this.#fields.keys();
  }

  /** Operation `seq` put a value there: the first of its row, or instead of another. */
  put(field: number, seq: number, isNew: boolean): void {
    const values = this.#fields.get(field)?.values ?? 0;
    this.#fields.set(field, { values: values + Number(isNew), at: seq });
  }

  remove(field: number, count: number): void {
    const of = this.#fields.get(field);
    if (!of) return;
    if (of.values > count) this.#fields.set(field, { ...of, values: of.values - count });
    else this.#fields.delete(field);
  }

  /** Left out where there is none. */
  get counts(): Pick<Counts, 'changed'> {
    return this.#fields.size === 0 ? {} : { changed: Object.fromEntries(this.#fields) };
  }
}
