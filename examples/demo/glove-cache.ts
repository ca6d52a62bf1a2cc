/**
 * The compact copy of the embeddings on disk: a header, the vectors, then the words as JSON. Reading it
 * takes a fraction of a second; a copy that is cut short or altered is noticed by its checksum.
 */

import { open, readFile, rename, rm } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import type { Glove } from './glove-rows.js';

const MAGIC = 'SILTGLV1';
/** Magic, checksum of all that follows it, rows, dimension, bytes of the words, four counts; padded. */
const HEADER_BYTES = 64;
const CHECKSUM_AT = 8;
const CHECKED_FROM = 12;

export type CacheState =
  | { state: 'good'; glove: Glove }
  | { state: 'missing' }
  | { state: 'damaged'; reason: string };

export function encodeGlove(glove: Glove): Buffer {
  const { words, vectors, dimension, leftOut } = glove;
  const text = Buffer.from(JSON.stringify(words));
  const bytes = Buffer.alloc(HEADER_BYTES + vectors.byteLength + text.length);
  bytes.write(MAGIC, 0, 'latin1');
  const counts = [leftOut.duplicate, leftOut.wrongLength, leftOut.notFinite, leftOut.zero];
  let at = CHECKED_FROM;
  for (const value of [words.length, dimension, text.length, ...counts]) {
    at = bytes.writeUInt32LE(value, at);
  }
  bytes.set(new Uint8Array(vectors.buffer, vectors.byteOffset, vectors.byteLength), HEADER_BYTES);
  bytes.set(text, HEADER_BYTES + vectors.byteLength);
  bytes.writeUInt32LE(crc32(bytes.subarray(CHECKED_FROM)), CHECKSUM_AT);
  return bytes;
}

/** The vectors are a view of `bytes` where alignment allows. */
export function decodeGlove(bytes: Buffer): CacheState {
  if (bytes.length < HEADER_BYTES) return { state: 'damaged', reason: 'it is cut short' };
  if (bytes.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    return { state: 'damaged', reason: 'it has another format' };
  }
  const field = (index: number) => bytes.readUInt32LE(CHECKED_FROM + 4 * index);
  const rows = field(0);
  const dimension = field(1);
  const textAt = HEADER_BYTES + rows * dimension * Float32Array.BYTES_PER_ELEMENT;
  if (textAt + field(2) !== bytes.length) return { state: 'damaged', reason: 'its length is wrong' };
  if (bytes.readUInt32LE(CHECKSUM_AT) !== crc32(bytes.subarray(CHECKED_FROM))) {
    return { state: 'damaged', reason: 'its checksum is wrong' };
  }
  const words = JSON.parse(bytes.toString('utf8', textAt)) as string[];
  const vectors = floats(bytes.subarray(HEADER_BYTES, textAt));
  const leftOut = { duplicate: field(3), wrongLength: field(4), notFinite: field(5), zero: field(6) };
  return { state: 'good', glove: { words, vectors, dimension, leftOut } };
}

/** Small buffers come from a shared pool and may begin at any byte. */
function floats(bytes: Buffer): Float32Array {
  const aligned = bytes.byteOffset % Float32Array.BYTES_PER_ELEMENT === 0 ? bytes : Uint8Array.from(bytes);
  return new Float32Array(
    aligned.buffer,
    aligned.byteOffset,
    aligned.byteLength / Float32Array.BYTES_PER_ELEMENT,
  );
}

export async function readCache(path: string): Promise<CacheState> {
  try {
    return decodeGlove(await readFile(path));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return { state: 'missing' };
    throw error;
  }
}

/** Under its own name only when complete and on disk, so that a reader never meets half a file. */
export async function writeCache(path: string, glove: Glove): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    const file = await open(temporary, 'w');
    try {
      await file.writeFile(encodeGlove(glove));
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
