/*
 * Payload indexes in a file, so that opening need not read every payload. Like a snapshot it is a cache of the store:
 * one that is missing, damaged, or of another order of slots costs time, never a row. Layout, little-endian:
 *
 *   magic "SILTPAYL" | version u32 | header bytes u32 | header (JSON) |
 *   blocks: number of the index u32, bytes u32, block | 0xffffffff u32 | CRC-32
 *
 * Rows that come while the file is written may be in a block or not: of every index, those below its count are read.
 */
import { SiltError, SnapshotError } from '../../base/errors.js';
import type { IndexKind, ValueIndex } from '../../filter/indexes/value-index.js';
import {
  type Files,
  isMissing,
  isUnreadable,
  type Reader,
  setAside,
  withReader,
  writeAtomically,
} from '../../platform/files.js';
import type { LiveIndex } from '../live-index.js';
import type { Parts } from '../parts.js';

const MAGIC = new TextEncoder().encode('SILTPAYL');
/** Raised whenever the header, a block or the meaning of a stored byte changes. */
export const PAYLOADS_VERSION = 2;
const END = 0xffff_ffff;
const HEADER_MAX = 1 << 24;
const BLOCK_MAX = 1 << 30;

interface Header {
  /** The order of slots that the blocks speak of. */
  readonly layout: string;
  readonly indexes: readonly { readonly path: string; readonly kind: IndexKind; readonly rows: number }[];
}

function words(...values: number[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(4 * values.length);
  const view = new DataView(bytes.buffer);
  for (const [i, value] of values.entries()) view.setUint32(4 * i, value, true);
  return bytes;
}

function* chunks(files: Files, header: Header, indexes: readonly ValueIndex[]): Generator<Uint8Array> {
  let crc = 0;
  const sealed = (bytes: Uint8Array): Uint8Array => {
    crc = files.checksum(bytes, crc);
    return bytes;
  };
  const json = new TextEncoder().encode(JSON.stringify(header));
  yield sealed(MAGIC);
  yield sealed(words(PAYLOADS_VERSION, json.length));
  yield sealed(json);
  for (const [number, index] of indexes.entries()) {
    for (const block of index.dump()) {
      yield sealed(words(number, block.length));
      yield sealed(block);
    }
  }
  yield sealed(words(END));
  yield words(crc);
}

/** The checksum of what was read so far. */
interface Sum {
  readonly files: Files;
  crc: number;
}

async function take(reader: Reader, bytes: number, sum: Sum): Promise<Uint8Array<ArrayBuffer>> {
  const into = new Uint8Array(bytes);
  if ((await reader.read(into)) < bytes) throw new SnapshotError('the file is cut short');
  sum.crc = sum.files.checksum(into, sum.crc);
  return into;
}

const wordAt = (bytes: Uint8Array, at: number): number =>
  new DataView(bytes.buffer, bytes.byteOffset).getUint32(at, true);

async function readHeader(reader: Reader, sum: Sum): Promise<Header> {
  const start = await take(reader, MAGIC.length + 8, sum);
  if (!MAGIC.every((byte, i) => start[i] === byte)) throw new SnapshotError('it holds no payload indexes');
  if (wordAt(start, 8) !== PAYLOADS_VERSION)
    throw new SnapshotError(`it has format version ${wordAt(start, 8)}`);
  const length = wordAt(start, 12);
  if (length > HEADER_MAX) throw new SnapshotError(`it has a header of ${length} bytes`);
  try {
    return JSON.parse(new TextDecoder().decode(await take(reader, length, sum))) as Header;
  } catch (cause) {
    throw cause instanceof SiltError ? cause : new SnapshotError('its header is unreadable', { cause });
  }
}

/** The blocks of each index, by its number. */
async function readBlocks(reader: Reader, sum: Sum): Promise<Map<number, Uint8Array[]>> {
  const blocks = new Map<number, Uint8Array[]>();
  for (;;) {
    const number = wordAt(await take(reader, 4, sum), 0);
    if (number === END) break;
    const length = wordAt(await take(reader, 4, sum), 0);
    if (length > BLOCK_MAX || length > reader.bytes) throw new SnapshotError('a block is too long');
    const own = blocks.get(number) ?? [];
    own.push(await take(reader, length, sum));
    blocks.set(number, own);
  }
  const { crc } = sum;
  if (wordAt(await take(reader, 4, sum), 0) !== crc) throw new SnapshotError('its checksum differs');
  if ((await reader.read(new Uint8Array(1))) > 0) throw new SnapshotError('something stands behind its end');
  return blocks;
}

async function readInto({ payloadIndexes, layout, engine }: Parts, path: string): Promise<void> {
  const { files } = engine.platform;
  await withReader(files, path, async (reader) => {
    const sum = { files, crc: 0 };
    const header = await readHeader(reader, sum);
    const blocks = await readBlocks(reader, sum);
    if (header.layout !== layout) return; // of slots that were given before
    for (const [number, { path: of, kind, rows }] of header.indexes.entries()) {
      const one = payloadIndexes.get(of);
      if (one?.kind !== kind) continue;
      const upTo = Math.min(rows, engine.slots);
      one.index.load(blocks.get(number) ?? [], upTo);
      one.upTo = upTo;
    }
  });
}

/** Takes up what the file holds of payload indexes that are defined, as far as their rows are there. */
export async function loadPayloadIndexes(parts: Parts, path: string): Promise<void> {
  try {
    await readInto(parts, path);
  } catch (error) {
    parts.payloadIndexes.reset();
    if (isMissing(error)) return;
    if (!isUnreadable(error)) throw error;
    const { files, events } = parts.engine.platform;
    const aside = await setAside(files, path, error);
    events.publish('silt:snapshot:rejected', { path, aside, error });
  }
}

export class PayloadFile {
  readonly #live: LiveIndex;
  readonly #path: string;
  /** The header of what the file holds. */
  #saved = '';
  #running: Promise<void> | undefined;

  constructor(live: LiveIndex, path: string) {
    this.#live = live;
    this.#path = path;
  }

  #header(): Header {
    const { layout, rows, payloadIndexes } = this.#live;
    return {
      layout,
      indexes: payloadIndexes
        .info(rows.slots)
        .map((one) => ({ path: one.path, kind: one.kind, rows: one.rows })),
    };
  }

  /** Takes what was just read from the file for what it holds. */
  loaded(): void {
    this.#saved = JSON.stringify(this.#header());
  }

  /** Writes the file if anything has changed; takes it away when there are no indexes. `signal` gives it up. */
  async save(signal?: AbortSignal): Promise<void> {
    while (this.#running) await this.settled();
    signal?.throwIfAborted();
    this.#running = this.#save(signal).finally(() => {
      this.#running = undefined;
    });
    await this.#running;
  }

  /** Resolves when the file is not being written, whatever became of it. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {});
  }

  async #save(signal: AbortSignal | undefined): Promise<void> {
    const header = this.#header();
    const json = JSON.stringify(header);
    if (json === this.#saved) return;
    // What the indexes have of unreadable payloads is not to outlive this process: it is not known to the next.
    if (header.indexes.length > 0 && this.#live.stored.withoutPayload.size > 0) return;
    const { payloadIndexes, platform } = this.#live;
    const { files } = platform;
    const release = payloadIndexes.hold();
    try {
      if (header.indexes.length === 0) await files.remove(this.#path);
      else {
        // Those of now: a commit that fails puts others in their place, which begin anew.
        const indexes = Array.from(payloadIndexes.all, ({ index }) => index);
        await writeAtomically(platform, this.#path, chunks(files, header, indexes), signal);
      }
    } finally {
      release();
    }
    this.#saved = json;
  }
}
