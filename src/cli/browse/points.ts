/*
 * Points of a collection by their place in the order of ids, read a page at a time as they are looked at. A page begins behind the last
 * id of the one before: where a writer deletes meanwhile, places move with the next reload alone.
 */
import type { Filter } from '../../api/filter.js';
import type { StoredPoint } from '../../api/points.js';
import type { Cursor } from '../../api/reading.js';
import type { Asked } from '../served/asked.js';

const PAGE = 200;
/** Pages at hand. */
const KEPT = 8;

export class Points {
  /** How many there are, as far as is known. */
  total: number;
  readonly #collection: Asked;
  readonly #filter: Filter | undefined;
  readonly #signal: AbortSignal;
  /** Where pages begin, as far as they are known. */
  readonly #starts: (Cursor | null)[] = [null];
  readonly #pages = new Map<number, readonly StoredPoint[]>();

  private constructor(collection: Asked, filter: Filter | undefined, total: number, signal: AbortSignal) {
    this.#collection = collection;
    this.#filter = filter;
    this.#signal = signal;
    this.total = total;
  }

  /** @throws ValidationError for a filter that is invalid */
  static async of(collection: Asked, filter: Filter | undefined, signal: AbortSignal): Promise<Points> {
    return new Points(collection, filter, await collection.count({ filter }), signal);
  }

  /** Those from a place on, fewer at the end. */
  async from(first: number, many: number): Promise<StoredPoint[]> {
    const points: StoredPoint[] = [];
    for (let at = first; at < first + many; ) {
      const page = await this.#page(Math.floor(at / PAGE));
      const part = page.slice(at % PAGE, (at % PAGE) + first + many - at);
      if (part.length === 0) break;
      points.push(...part);
      at += part.length;
    }
    return points;
  }

  async #page(n: number): Promise<readonly StoredPoint[]> {
    const kept = this.#pages.get(n);
    if (kept) return kept;
    while (this.#starts.length <= n) if (!(await this.#read(this.#starts.length - 1, false))) return [];
    const points = await this.#read(n, true);
    return points ?? [];
  }

  /** Reads a page; one that is only passed over, without what it holds. Undefined where none comes behind it. */
  async #read(n: number, whole: boolean): Promise<readonly StoredPoint[] | undefined> {
    const { points, next } = await this.#collection.scrollPage({
      filter: this.#filter,
      cursor: this.#starts[n]!,
      limit: PAGE,
      withPayload: whole,
      withVector: whole,
      signal: this.#signal,
    });
    if (next !== null) this.#starts[n + 1] = next;
    const known = n * PAGE + points.length;
    this.total = next === null ? known : Math.max(this.total, known + 1);
    if (!whole) return next === null ? undefined : points;
    if (this.#pages.size === KEPT) this.#pages.delete(this.#pages.keys().next().value!);
    this.#pages.set(n, points);
    return points;
  }
}
