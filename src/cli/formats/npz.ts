/*
 * npz, NumPy's file of several arrays: a zip archive of npy files. Each is a column under its name; a table has a vector in each row.
 * Arrays of another length than the longest table are left out: they belong to something else.
 */
import type { Readable } from 'node:stream';
import { type Entry, open, type ZipFile } from 'yauzl';
import { CommandError } from '../frame/exits.js';
import { type Bytes, type Header, headerOf } from './npy.js';
import type { FileRow } from './records.js';

/** The bytes of a stream, as they are asked for. */
class StreamBytes implements Bytes {
  readonly #chunks: AsyncIterator<Buffer>;
  #left: Buffer = Buffer.alloc(0);

  constructor(stream: Readable) {
    this.#chunks = stream[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
  }

  async take(length: number): Promise<Buffer | undefined> {
    const parts = [this.#left];
    let size = this.#left.length;
    while (size < length) {
      const { value, done } = await this.#chunks.next();
      if (done) break;
      parts.push(value);
      size += value.length;
    }
    const bytes = parts.length === 1 ? this.#left : Buffer.concat(parts);
    this.#left = bytes.subarray(Math.min(length, size));
    return size < length ? undefined : bytes.subarray(0, length);
  }
}

function zipOf(file: string): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    open(file, { lazyEntries: true, autoClose: false }, (error, zip) =>
      error ? reject(error) : resolve(zip!),
    );
  });
}

function entriesOf(zip: ZipFile): Promise<Entry[]> {
  return new Promise((resolve, reject) => {
    const entries: Entry[] = [];
    zip.on('entry', (entry: Entry) => {
      entries.push(entry);
      zip.readEntry();
    });
    zip.on('error', reject);
    zip.on('end', () => resolve(entries));
    zip.readEntry();
  });
}

function streamOf(zip: ZipFile, entry: Entry): Promise<Readable> {
  return new Promise((resolve, reject) => {
    zip.openReadStream(entry, (error, stream) => (error ? reject(error) : resolve(stream!)));
  });
}

interface Column {
  readonly name: string;
  readonly header: Header;
  readonly bytes: StreamBytes;
  readonly stream: Readable;
}

async function columnsOf(file: string, zip: ZipFile): Promise<Column[]> {
  const columns: Column[] = [];
  for (const entry of await entriesOf(zip)) {
    if (!entry.fileName.endsWith('.npy')) continue;
    const stream = await streamOf(zip, entry);
    const bytes = new StreamBytes(stream);
    const name = entry.fileName.slice(0, -'.npy'.length);
    columns.push({ name, header: await headerOf(`${name} in ${file}`, bytes), bytes, stream });
  }
  return columns;
}

async function* rowsIn(file: string, zip: ZipFile): AsyncIterable<FileRow> {
  const all = await columnsOf(file, zip);
  const tables = all.filter(({ header }) => header.dimension !== undefined);
  const rows = Math.max(0, ...(tables.length > 0 ? tables : all).map(({ header }) => header.rows));
  const columns = all.filter(({ header }) => header.rows === rows);
  for (const { stream } of all.filter((one) => !columns.includes(one))) stream.destroy();
  for (let at = 1; at <= rows; at++) {
    const row: Record<string, unknown> = Object.create(null);
    for (const { name, header, bytes } of columns) {
      const taken = await bytes.take(header.rowBytes);
      if (!taken) throw new CommandError('DAMAGED', `${name} in ${file} is cut short: it has no row ${at}`);
      row[name] = header.read(taken);
    }
    yield { at, columns: row, bytes: Math.floor((zip.fileSize * at) / rows) };
  }
}

export async function* npzRows(file: string): AsyncIterable<FileRow> {
  let zip: ZipFile | undefined;
  try {
    zip = await zipOf(file);
    yield* rowsIn(file, zip);
  } catch (error) {
    if (error instanceof CommandError) throw error;
    throw new CommandError('DAMAGED', `${file} cannot be read as npz: ${(error as Error).message}`);
  } finally {
    zip?.close();
  }
}
