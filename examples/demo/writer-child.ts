/**
 * The process that `--kill` ends: opens the database, writes the words that are not there yet, and tells its parent
 * of each batch once it is acknowledged. It is killed without notice, so nothing here may tidy up behind a write.
 */

import { databaseFolder, missingRows, openWords } from './database.js';
import { loadGlove } from './glove.js';
import type { DemoOptions } from './options.js';
import { planFor, pointsOf } from './plan.js';

/** What the parent is told. */
export type WriterMessage =
  | { readonly todo: number }
  /** Ids of points whose write has resolved. */
  | { readonly acknowledged: readonly string[] };

export interface WriterJob {
  readonly options: DemoOptions;
  readonly cacheDir: string;
  readonly batchRows: number;
}

function tell(message: WriterMessage): void {
  process.send?.(message);
}

// A parent that is gone kills nobody any more.
process.on('disconnect', () => process.exit(1));

const { options, cacheDir, batchRows } = JSON.parse(process.argv[2]!) as WriterJob;
const glove = await loadGlove({ cacheDir });
const { words } = await openWords(databaseFolder(cacheDir), glove.dimension, options);
const rows = await missingRows(words, glove, planFor(options, glove).streamed);
tell({ todo: rows.length });
let told = 0;
await words.ingest(pointsOf(glove, rows), {
  batchSize: batchRows,
  onProgress({ written }) {
    // Batches are acknowledged in the order of the source.
    tell({ acknowledged: Array.from(rows.subarray(told, written), (row) => glove.words[row]!) });
    told = written;
  },
});
// Whatever is left to do, the parent ends it.
setInterval(() => {}, 1000);
