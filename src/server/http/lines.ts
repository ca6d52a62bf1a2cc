/* Splits a stream of bytes into lines of bounded length. At most one line and one chunk are in memory. */
import { QdrantError } from '../qdrant/errors.js';

export interface Line {
  /** Counts from 1. */
  readonly number: number;
  /** Without the newline. */
  readonly bytes: Buffer;
}

/** An error in one line. */
export class LineError extends QdrantError {
  readonly line: number;

  constructor(line: number, { status, message }: QdrantError, options?: ErrorOptions) {
    super(status, message, options);
    this.name = 'LineError';
    this.line = line;
  }
}

const NEWLINE = 10;

/** A line in more pieces than this is concatenated: a piece of one byte takes a hundred bytes of memory. */
const PIECES_MOST = 1_024;

/**
 * `keep` is called with the size of the incomplete line that stays in memory until more arrives, and may throw.
 *
 * @throws LineError 413 for a line of more than `most` bytes
 */
export async function* linesOf(
  source: AsyncIterable<Buffer>,
  most: number,
  keep: (bytes: number) => void = () => {},
): AsyncGenerator<Line, void> {
  let number = 1;
  let pieces: Buffer[] = [];
  let whole: Buffer[] = [];
  let length = 0;
  const take = (piece: Buffer): void => {
    length += piece.length;
    if (length > most) {
      const why = new QdrantError(413, `Bad request: a line is longer than ${most} bytes`);
      throw new LineError(number, why);
    }
    pieces.push(piece);
    if (pieces.length < PIECES_MOST) return;
    whole.push(Buffer.concat(pieces));
    pieces = [];
  };
  const line = (): Line => {
    const all = whole.length === 0 ? pieces : [...whole, ...pieces];
    const bytes = all.length === 1 ? all[0]! : Buffer.concat(all);
    pieces = [];
    whole = [];
    length = 0;
    return { number: number++, bytes };
  };
  for await (const chunk of source) {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      take(chunk.subarray(from, end));
      yield line();
      from = end + 1;
    }
    take(chunk.subarray(from));
    keep(length);
  }
  if (length > 0) yield line();
}
