/* Writes the rows of a file into a collection, in batches: while one is written, the next is read. */
import type { PointInput } from '../../api/points.js';
import type { WriteReceipt } from '../../api/writing.js';
import type { FileRow, Values } from '../formats/records.js';
import { CommandError } from '../frame/exits.js';
import { points } from '../frame/values.js';
import { type Mapping, pointOf } from './mapping.js';

export interface LoadOptions {
  readonly rows: AsyncIterable<FileRow>;
  readonly mapping: Mapping;
  readonly values: Values;
  /** 'line' or 'row'. */
  readonly unit: string;
  readonly batch: number;
  /** Rows that are passed over: an import before has written them. */
  readonly from: number;
  readonly onError: 'refuse' | 'skip';
  /** What is said of rows that are skipped. */
  readonly left?: string;
  readonly signal: AbortSignal;
  note(line: string): void;
  /** Called when a batch is on the disk: rows of the file so far, bytes of it that are read. */
  reached(rows: number, bytes: number): void;
}

export interface Loaded {
  /** Rows that were read, those left out among them. */
  readonly rows: number;
  readonly inserted: number;
  readonly replaced: number;
  readonly skipped: number;
}

const NOTED = 20;

/** Where a point stands in its batch: people know its line. */
const IN_BATCH = /^point \d+: |(?<=^the vector) of point \d+/;

/** What is said of a point that should have a vector. */
const VECTOR_LACKS = /\. To change only the payload of a stored point, use setPayload$/;

/** Where points are written: a collection here, or of a server. */
export interface Target {
  upsert(
    points: readonly PointInput[],
    o: { readonly onInvalid: 'skip' },
  ): Promise<Pick<WriteReceipt, 'inserted' | 'replaced' | 'rejected'>>;
}

interface Taken {
  readonly at: number;
  readonly point: PointInput;
}

class Load {
  readonly #collection: Target;
  readonly #o: LoadOptions;
  #inserted = 0;
  #replaced = 0;
  #skipped = 0;
  /** The first row that cannot be taken, and why. Rows that are no points are found before those of their batch that Silt refuses. */
  #refused: { readonly at: number; readonly said: string } | undefined;

  constructor(collection: Target, o: LoadOptions) {
    this.#collection = collection;
    this.#o = o;
  }

  #wrong(at: number, why: string): void {
    const { onError, unit, note, left = 'left out' } = this.#o;
    const said = `${unit} ${at}: ${why}`;
    if (onError === 'refuse') {
      if (this.#refused === undefined || at < this.#refused.at) this.#refused = { at, said };
      return;
    }
    if (++this.#skipped <= NOTED) note(`${said}: ${left}`);
    else if (this.#skipped === NOTED + 1) note('more follow, and are only counted');
  }

  /** In words of files: what the library says of a point without a vector is meant for programs. */
  #why(point: PointInput, message: string): string {
    const { vector } = this.#o.mapping;
    if (point.vector !== undefined || !VECTOR_LACKS.test(message)) return message.replace(IN_BATCH, '');
    return vector === null ? 'it has no vector' : `it has no vector: its column "${vector}" is empty`;
  }

  async #write(taken: readonly Taken[], rows: number, bytes: number): Promise<void> {
    if (taken.length > 0) {
      const points = taken.map(({ point }) => point);
      const receipt = await this.#collection.upsert(points, { onInvalid: 'skip' });
      this.#inserted += receipt.inserted;
      this.#replaced += receipt.replaced;
      for (const { index, code, message } of receipt.rejected)
        if (code === 'DUPLICATE_ID') this.#replaced++;
        else this.#wrong(taken[index]!.at, this.#why(taken[index]!.point, message));
    }
    if (this.#refused === undefined && rows > this.#o.from) this.#o.reached(rows, bytes);
  }

  /** Stops at a row that cannot be taken, unless those are skipped, and when the signal aborts. */
  async run(): Promise<Loaded> {
    const { rows, mapping, values, batch, from, signal } = this.#o;
    let taken: Taken[] = [];
    let [row, bytes] = [0, 0];
    let written: Promise<void> = Promise.resolve();
    for await (const each of rows) {
      if (signal.aborted || this.#refused !== undefined) break;
      if (row++ < from) continue;
      bytes = each.bytes;
      const made = each.columns ? pointOf(mapping, each, row - 1, values) : { why: each.why! };
      if ('point' in made) taken.push({ at: each.at, point: made.point });
      else this.#wrong(each.at, made.why);
      if (taken.length < batch) continue;
      await written;
      written = this.#write(taken, row, bytes);
      written.catch(() => {}); // it is awaited before the next one
      taken = [];
    }
    await written;
    await this.#write(taken, row, bytes);
    const [inserted, replaced, skipped] = [this.#inserted, this.#replaced, this.#skipped];
    if (this.#refused !== undefined)
      throw new CommandError(
        'INPUT',
        `${this.#refused.said}. What stands before it, or is valid in its batch, is written (${points(inserted + replaced)}).\nCorrect it and import again, which replaces them, or say --on-error skip to leave such rows out`,
      );
    return { rows: row, inserted, replaced, skipped };
  }
}

export function load(collection: Target, o: LoadOptions): Promise<Loaded> {
  return new Load(collection, o).run();
}
