/* What a store reads, where other threads may read vectors of the same state beside it. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import type { VectorReading } from '../vector-reader.js';
import { STORE_FOLDER } from './directory.js';
import { ROOT_IN_TREE } from './pages.js';
import { identityOf, type RowFileInput } from './row-file.js';
import { Showing } from './shown.js';
import type { Tables } from './tables.js';
import { LmdbView, type ReadTransaction } from './view.js';

const MODULE = new URL('./row-file.js', import.meta.url).href;
/** LMDB names tables with a zero behind. */
const ROWS = Buffer.from('rows\0');

export class SharedView extends LmdbView {
  /** By which the system knows the file that is read. */
  protected readonly file: string;
  /** As soon as somebody asks. */
  #showing: Showing | undefined;

  constructor(path: string, tables: Tables, reading: ReadTransaction) {
    super(path, tables, reading);
    this.file = fileAt(path) ?? '';
  }

  vectorReading(collection: number): VectorReading {
    if (!this.#showing) {
      this.#showing = new Showing();
      this.#show();
    }
    const path = join(this.path, STORE_FOLDER, 'data.mdb');
    const { file } = this;
    const input: RowFileInput = { path, file, collection, shown: this.#showing.shared };
    return { module: MODULE, input };
  }

  /** Readers go over to another state. `turn` ends the transaction of the one at hand. */
  protected goOver(turn: (before: ReadTransaction) => ReadTransaction): void {
    this.stopShowing();
    this.reading = turn(this.reading);
    this.#show();
  }

  #show(): void {
    if (!this.#showing) return;
    try {
      const tree = this.get(this.tables.env, ROWS);
      if (tree) this.#showing.show(tree.readBigUInt64LE(ROOT_IN_TREE));
    } catch {} // nothing is shown, and this thread reads for the others
  }

  /** Before the transaction ends. */
  protected stopShowing(): void {
    this.#showing?.hide();
  }
}

/** By which the system knows the file of a store; undefined where there is none. */
export function fileAt(path: string): string | undefined {
  const found = statSync(join(path, STORE_FOLDER, 'data.mdb'), { bigint: true, throwIfNoEntry: false });
  return found && identityOf(found);
}
