/*
 * Reads all that the store has of a collection, in batches, and checks whether rows and ids agree. A row has a
 * checksum and carries its id: where the two differ, the entry of the id is wrong, and can be made again.
 *
 * What looks wrong is mended in its turn of the write queue, by the thread that writes. That looks again, and leaves
 * alone what a write has changed meanwhile.
 */
import type { CollectionVerifyReport } from '../../api/upkeep.js';
import type { Mending } from '../../store/store.js';
import type { LiveIndex } from '../live-index.js';
import { sameBytes } from '../read/hydrate.js';
import { SLICE_MS } from '../slices.js';
import { MISSING } from '../stored-rows.js';
import type { WriteQueue } from '../write/queue.js';

/** Rows or ids that one transaction mends. */
const MENDED_MAX = 1_000;

/** What is wrong with the ids and the bytes of the store. */
type StoreFaults = Pick<CollectionVerifyReport, 'missingIds' | 'extraIds' | 'unchecked'>;

export class StoreCheck implements StoreFaults {
  readonly #live: LiveIndex;
  readonly #queue: WriteQueue | undefined;
  readonly #ending: AbortSignal;
  missingIds = 0;
  extraIds = 0;
  unchecked = 0;
  /** Entries of ids that were mended; those that are left are counted above. */
  mended = 0;

  /** Mends what it can by `queue`; without, it only looks. */
  constructor(live: LiveIndex, queue: WriteQueue | undefined, ending: AbortSignal) {
    this.#live = live;
    this.#queue = queue;
    this.#ending = ending;
  }

  /** Reads everything once; notes the rows that are damaged. */
  async run(): Promise<void> {
    await this.#checkRows();
    await this.#checkIds();
    // Ids that named a missing row, which a `get` has noted, name their own again, or are deleted.
    if (this.#queue) this.#live.stored.forgetGone((row) => this.#live.rows.has(row));
  }

  async #checkRows(): Promise<void> {
    const { store, stored, collection } = this.#live;
    let astray: number[] = [];
    let last = 0;
    const look = (row: number): boolean => {
      const why = stored.whyOf(row);
      // What is wrong may be so no more; but what was lost is not found by looking.
      const found = why === undefined || why === MISSING ? stored.check(row) : stored.recheck(row);
      if (found.unchecked) this.unchecked++;
      if (found.astray) astray.push(row);
      last = row;
      return astray.length < MENDED_MAX;
    };
    await this.#slices(
      () => store.rows(collection, last),
      look,
      async () => {
        const rows = astray;
        astray = [];
        const isLeft = (row: number): boolean => stored.recheck(row).astray;
        this.missingIds += await this.#mend({ collection, rows, ids: [] }, () => rows.filter(isLeft).length);
      },
    );
  }

  async #checkIds(): Promise<void> {
    const { store, collection } = this.#live;
    let extra: Uint8Array[] = [];
    let last: Uint8Array | undefined;
    const look = ([key, row]: readonly [Uint8Array, number]): boolean => {
      last = Uint8Array.from(key);
      if (this.#isExtra(last, row)) extra.push(last);
      return extra.length < MENDED_MAX;
    };
    await this.#slices(
      () => store.ids(collection, last),
      look,
      async () => {
        const ids = extra;
        extra = [];
        const isLeft = (id: Uint8Array): boolean => this.#isExtra(id, store.rowOf(collection, id));
        this.extraIds += await this.#mend({ collection, rows: [], ids }, () => ids.filter(isLeft).length);
      },
    );
  }

  /** Whether the row that an id names is not its own. One that is damaged, or that the disk has lost, may be. */
  #isExtra(id: Uint8Array, row: number): boolean {
    const { stored } = this.#live;
    if (row === 0) return false;
    const point = stored.head(row);
    return point ? !sameBytes(point.id, id) : !stored.has(row) && !this.#live.rows.has(row);
  }

  /** Goes through items until `look` says that it has enough; then, and after a while, comes a pause for others. */
  async #slices<T>(
    from: () => Iterable<T>,
    look: (item: T) => boolean,
    pause: () => Promise<void>,
  ): Promise<void> {
    const { time } = this.#live.platform;
    for (let more = true; more; ) {
      const until = time.now() + SLICE_MS;
      more = false;
      for (const item of from()) {
        more = !look(item) || time.now() > until;
        if (more) break;
      }
      await pause();
      if (more) await time.breathe();
      this.#ending.throwIfAborted();
    }
  }

  /** Has something mended; returns how much of it is left. */
  async #mend(mending: Mending, left: () => number): Promise<number> {
    const found = mending.rows.length + mending.ids.length;
    if (!this.#queue || found === 0) return found;
    await this.#queue.commit({ mend: mending }, () => this.#ending.aborted);
    this.#ending.throwIfAborted();
    this.#live.maskMissing(mending.rows);
    const rest = left();
    this.mended += found - rest;
    return rest;
  }
}
