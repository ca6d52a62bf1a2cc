/* Parquet as others compress it. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { rowsOf } from '#silt/cli/formats/read.js';
import { errorOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';

/** Zstandard, with what it holds as it is: one block. */
function storedZstd(bytes: Uint8Array): Uint8Array {
  const head = Buffer.alloc(12);
  head.writeUInt32LE(0xfd2fb528, 0);
  head[4] = 0b1010_0000; // one segment, its size in four bytes
  head.writeUInt32LE(bytes.length, 5);
  head.writeUIntLE(1 + (bytes.length << 3), 9, 3); // the last block, stored
  return Buffer.concat([head, bytes]);
}

type Compress = (bytes: Uint8Array) => Uint8Array;

async function titlesBy(folder: string, codec: 'GZIP' | 'BROTLI' | 'ZSTD' | 'LZO', compress: Compress) {
  const columnData = [
    { name: 'id', data: [1, 2, 3], type: 'INT32' as const },
    { name: 'title', data: ['a', 'b', 'a'], type: 'STRING' as const },
  ];
  const compressors = { [codec]: (bytes: Uint8Array) => new Uint8Array(compress(bytes)) };
  const file = join(folder, 'a.parquet');
  await writeFile(file, new Uint8Array(parquetWriteBuffer({ columnData, codec, compressors })));
  const titles = [];
  for await (const { columns } of await rowsOf(file, 'parquet')) titles.push(columns?.['title']);
  return titles;
}

test.each([
  ['GZIP', gzipSync],
  ['BROTLI', brotliCompressSync],
  ['ZSTD', storedZstd],
] as const)('%s is read', (codec, compress) =>
  withFolder(async (folder) => {
    expect(await titlesBy(folder, codec, compress)).toEqual(['a', 'b', 'a']);
  }),
);

test('what cannot be decompressed is an error', () =>
  withFolder(async (folder) => {
    const odd = (bytes: Uint8Array): Uint8Array => bytes.map((byte) => byte ^ 0x55);
    for (const codec of ['GZIP', 'BROTLI', 'ZSTD'] as const)
      expect((await errorOf(() => titlesBy(folder, codec, odd))).message, codec).toMatch(
        /cannot be read as Parquet/,
      );
    expect((await errorOf(() => titlesBy(folder, 'LZO', odd))).message).toMatch(
      /is compressed by LZO, which is not read: write it with snappy or zstd/,
    );
  }));
