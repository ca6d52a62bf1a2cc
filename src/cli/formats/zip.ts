/*
 * Writes a zip archive (PKWARE's APPNOTE 6.3.10) as it comes: entries are stored as they are, and what is known at their end stands
 * behind them. All sizes have 64 bits (zip64): whoever reads npz reads that.
 */
import { crc32 } from 'node:zlib';

const VERSION = 45;
/** Size and checksum stand behind an entry. */
const BEHIND = 0x0008;
const LARGE = 0xffffffff;
/** The first day that zip has. */
const DATE = 0x21;

interface Entry {
  readonly name: Buffer;
  readonly at: number;
  size: number;
  checksum: number;
}

/** Little-endian integers, each with its bytes. */
function fields(...all: readonly (readonly [bytes: 2 | 4 | 8, value: number])[]): Buffer {
  const made = Buffer.alloc(all.reduce((sum, [bytes]) => sum + bytes, 0));
  let at = 0;
  for (const [bytes, value] of all) {
    if (bytes === 8) made.writeBigUInt64LE(BigInt(value), at);
    else made.writeUIntLE(value, at, bytes);
    at += bytes;
  }
  return made;
}

export class Zip {
  readonly #entries: Entry[] = [];
  #at = 0;

  #told(...parts: readonly Buffer[]): Buffer {
    const bytes = parts.length === 1 ? parts[0]! : Buffer.concat(parts);
    this.#at += bytes.length;
    return bytes;
  }

  begin(name: string): Buffer {
    const entry = { name: Buffer.from(name), at: this.#at, size: 0, checksum: 0 };
    this.#entries.push(entry);
    const head = fields([4, 0x04034b50], [2, VERSION], [2, BEHIND], [2, 0], [2, 0], [2, DATE]);
    const sizes = fields([4, 0], [4, LARGE], [4, LARGE], [2, entry.name.length], [2, 20]);
    return this.#told(head, sizes, entry.name, fields([2, 1], [2, 16], [8, 0], [8, 0]));
  }

  /** Bytes of the entry that was begun. */
  part(bytes: Buffer): Buffer {
    const entry = this.#entries.at(-1)!;
    entry.size += bytes.length;
    entry.checksum = crc32(bytes, entry.checksum);
    return this.#told(bytes);
  }

  end(): Buffer {
    const { checksum, size } = this.#entries.at(-1)!;
    return this.#told(fields([4, 0x08074b50], [4, checksum], [8, size], [8, size]));
  }

  /** The directory, which ends the archive. */
  finish(): Buffer {
    const begin = this.#at;
    const directory = this.#entries.flatMap(({ name, at, size, checksum }) => [
      fields([4, 0x02014b50], [2, VERSION], [2, VERSION], [2, BEHIND], [2, 0], [2, 0], [2, DATE]),
      fields(
        [4, checksum],
        [4, LARGE],
        [4, LARGE],
        [2, name.length],
        [2, 28],
        [2, 0],
        [2, 0],
        [2, 0],
        [4, 0],
      ),
      fields([4, LARGE]),
      name,
      fields([2, 1], [2, 24], [8, size], [8, size], [8, at]),
    ]);
    const size = directory.reduce((sum, part) => sum + part.length, 0);
    const count = this.#entries.length;
    const large = fields(
      [4, 0x06064b50],
      [8, 44],
      [2, VERSION],
      [2, VERSION],
      [4, 0],
      [4, 0],
      [8, count],
      [8, count],
    );
    const places = fields([8, size], [8, begin], [4, 0x07064b50], [4, 0], [8, begin + size], [4, 1]);
    const last = fields(
      [4, 0x06054b50],
      [2, 0],
      [2, 0],
      [2, count],
      [2, count],
      [4, LARGE],
      [4, LARGE],
      [2, 0],
    );
    return this.#told(...directory, large, places, last);
  }
}
