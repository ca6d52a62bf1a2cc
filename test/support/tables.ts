/* The tables of a database that nobody has open, below Silt: to look at them, and to damage what they hold. */
import { join } from 'node:path';
import { type Database as LmdbTable, open as openLmdb } from 'lmdb';

export type Table = LmdbTable<Buffer, Buffer>;

export async function withTables<T>(
  path: string,
  use: (records: Table, rows: Table, env: ReturnType<typeof openLmdb>) => T | Promise<T>,
): Promise<T> {
  const env = openLmdb({ path: join(path, 'store'), noSubdir: false, maxDbs: 4, encoding: 'binary' });
  const table = (name: string): Table => env.openDB({ name, encoding: 'binary', keyEncoding: 'binary' });
  try {
    return await use(table('records'), table('rows'), env);
  } finally {
    await env.close();
  }
}

/** Alters the bytes of rows; undefined takes a row out. `alter` is given those of every row. */
export async function alterRows(
  path: string,
  alter: (value: Buffer, row: number, collection: number) => Buffer | undefined,
): Promise<void> {
  await withTables(path, (_, rows, env) =>
    env.transactionSync(() => {
      for (const { key, value } of [...rows.getRange()]) {
        const before = Buffer.from(value);
        const after = alter(Buffer.from(value), Number(key.readBigUInt64BE(4)), key.readUInt32BE(0));
        if (after === undefined) rows.removeSync(key);
        else if (!after.equals(before)) rows.putSync(key, after);
      }
    }),
  );
}

/** A copy with one bit changed. */
export function flipped(bytes: Buffer, bit: number): Buffer {
  const altered = Buffer.from(bytes);
  altered[bit >> 3]! ^= 1 << (bit & 7);
  return altered;
}
