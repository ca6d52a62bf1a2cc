/* The points of a collection, or those that match a filter, as a table. */
import type { StoredPoint } from '../../api/points.js';
import { SiltError } from '../../base/errors.js';
import { FilterFault, placeOf } from '../../filter/short.js';
import { CommandError } from '../frame/exits.js';
import { filterIn, type Typed } from '../frame/filter.js';
import { printable } from '../frame/text.js';
import { count, folded, jsonOf, points as pointsOf, vectorsIn } from '../frame/values.js';
import type { Asked } from '../served/asked.js';
import { drawn } from './grid.js';
import type { Key } from './line.js';
import { Points } from './points.js';
import { Scroll } from './scroll.js';

/** What a filter is refused for; `at`: where in its text, if that is known. */
export interface Fault {
  readonly message: string;
  readonly at?: number | undefined;
}

const cellOf = (value: unknown): string =>
  value === undefined ? '' : printable(typeof value === 'string' ? value : jsonOf(value));

export class Table {
  readonly collection: Asked;
  /** The filter as it was typed. */
  filter = '';
  readonly #signal: AbortSignal;
  #points: Points;
  #scroll: Scroll = new Scroll();
  /** Members of payloads, and fields of vectors, in the order in which they were met. */
  readonly #keys = new Set<string>();
  readonly #fields = new Set<string>();
  #left = 0;

  private constructor(collection: Asked, points: Points, signal: AbortSignal) {
    this.collection = collection;
    this.#points = points;
    this.#signal = signal;
  }

  static async of(collection: Asked, signal: AbortSignal): Promise<Table> {
    return new Table(collection, await Points.of(collection, undefined, signal), signal);
  }

  /** Takes another filter, or says what is wrong with it. Reloads where it is the same. */
  async refilter(text: string): Promise<Fault | undefined> {
    let typed: Typed | undefined;
    try {
      typed = filterIn(text);
      this.#points = await Points.of(this.collection, typed.filter, this.#signal);
    } catch (error) {
      const { message } = error as Error;
      if (error instanceof FilterFault) return { message, at: error.at };
      const refused = error instanceof SiltError || (error instanceof CommandError && error.exit === 'USAGE');
      if (refused && typed) return { message, at: placeOf(message, typed) };
      throw error;
    }
    if (text !== this.filter) this.#scroll = new Scroll();
    this.filter = text;
    return undefined;
  }

  /** The point that is selected; undefined where there is none. */
  async selected(): Promise<StoredPoint | undefined> {
    return (await this.#points.from(this.#scroll.at, 1))[0];
  }

  /** The next one, or the one before. */
  async step(by: 1 | -1, height: number): Promise<void> {
    this.press({ name: by === 1 ? 'down' : 'up' }, height);
  }

  press(key: Key, height: number): void {
    const columns = this.#keys.size + this.#fields.size;
    if (key.name === 'right') this.#left = Math.min(this.#left + 1, Math.max(0, columns - 1));
    else if (key.name === 'left') this.#left = Math.max(0, this.#left - 1);
    else this.#scroll.press(key, this.#points.total, height);
  }

  get title(): string {
    const { name } = this.collection;
    const { total } = this.#points;
    const match = this.filter.trim() === '' ? '' : total === 1 ? ' matches' : ' match';
    return `${printable(name)}: ${pointsOf(total)}${match}${total > 0 ? `, at ${count(this.#scroll.at + 1)}` : ''}`;
  }

  /** The heading and `height` rows. */
  async lines(width: number, height: number): Promise<string[]> {
    const scroll = this.#scroll;
    scroll.keep(this.#points.total, height);
    let points = await this.#points.from(scroll.top, height);
    if (scroll.at >= this.#points.total && this.#points.total > 0) {
      scroll.keep(this.#points.total, height); // some were deleted meanwhile
      points = await this.#points.from(scroll.top, height);
    }
    for (const { payload, vector } of points) {
      for (const key of Object.keys(payload ?? {})) this.#keys.add(key);
      for (const [field] of vectorsIn(vector)) this.#fields.add(field);
    }
    const head = ['id', ...this.#keys, ...this.#fields].map(printable);
    const { lines, columns } = drawn(
      {
        head,
        rows: points.map((point) => this.#cells(point)),
        at: scroll.at - scroll.top,
        left: this.#left,
      },
      width,
    );
    const last = this.#left + columns;
    this.columns = columns === head.length ? '' : `columns ${this.#left + 2} to ${last} of ${head.length}`;
    return points.length === 0 ? [...lines, '  no points'] : lines;
  }

  /** Which columns are seen, where not all are. */
  columns = '';

  #cells({ id, payload, vector, unreadable }: StoredPoint): string[] {
    if (unreadable !== undefined)
      return [jsonOf(id), ...Array(this.#keys.size + this.#fields.size).fill(`unreadable: ${unreadable}`)];
    const vectors = new Map(vectorsIn(vector));
    return [
      printable(jsonOf(id)),
      ...Array.from(this.#keys, (key) => cellOf((payload as Record<string, unknown> | undefined)?.[key])),
      ...Array.from(this.#fields, (field) => (vectors.has(field) ? folded(vectors.get(field)) : '')),
    ];
  }
}
