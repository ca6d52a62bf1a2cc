/* Lines of a stream of bytes, each of a bounded length: no more than one of them and a piece of the stream is held. */
import { QdrantError } from '../qdrant/errors.js';

export interface Line {
  /** From 1 on. */
  readonly number: number;
  /** Without the sign that ends it. */
  readonly bytes: Buffer;
}

/** An error of one line. */
export class LineError extends QdrantError {
  readonly line: number;

  constructor(line: number, { status, message }: QdrantError, options?: ErrorOptions) {
    super(status, message, options);
    this.name = 'LineError';
    this.line = line;
  }
}

const NEWLINE = 10;

/** So many pieces of a line are made one: a piece of one byte takes a hundred. */
const PIECES_MOST = 1_024;

/** @throws LineError 413 for a line of more than `most` bytes */
export async function* linesOf(source: AsyncIterable<Buffer>, most: number): AsyncGenerator<Line, void> {
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
  }
  if (length > 0) yield line();
}
