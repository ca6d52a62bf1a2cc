/* docs/FORMAT.md says what lies on the disk: versions, and small databases byte for byte. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { open as openLmdb } from 'lmdb';
import { expect, test } from 'vitest';
import { COLLECTION_FILE_VERSION } from '#silt/collection/upkeep/collection-file.js';
import { INVERTED_VERSION } from '#silt/collection/upkeep/inverted-file.js';
import { PAYLOADS_VERSION } from '#silt/collection/upkeep/payload-file.js';
import { SLOTS_VERSION } from '#silt/collection/upkeep/slots-file.js';
import { SNAPSHOT_VERSION } from '#silt/hnsw/snapshot.js';
import { open } from '#silt/index.js';
import { STORE_VERSION } from '#silt/store/lmdb/identity.js';
import * as RECORDS from '#silt/store/records.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const text = readFileSync(join(ROOT, 'docs/FORMAT.md'), 'utf8');

test('the records are those of the code', () => {
  const section = text.slice(text.indexOf('### Records'), text.indexOf('**Locks.**'));
  const table = section.matchAll(/^\| `([a-z]+\/?)(?:<\w+>)?`/gm);
  const names = Object.values(RECORDS).filter((name) => typeof name === 'string');
  expect([...table].map(([, name]) => name).sort()).toEqual(names.sort());
});

test('the versions are those of the code', () => {
  const versions = [
    ...text.matchAll(
      /`(STORE|SNAPSHOT|PAYLOADS|SLOTS|INVERTED|COLLECTION_FILE)_VERSION` in [^|]+\| (\d+) +\|/g,
    ),
  ];
  expect(versions.map(([, name, version]) => [name, Number(version)])).toEqual([
    ['STORE', STORE_VERSION],
    ['SNAPSHOT', SNAPSHOT_VERSION],
    ['PAYLOADS', PAYLOADS_VERSION],
    ['SLOTS', SLOTS_VERSION],
    ['INVERTED', INVERTED_VERSION],
    ['COLLECTION_FILE', COLLECTION_FILE_VERSION],
  ]);
});

/** Keys and values of a table, in hexadecimal. */
function dump(folder: string, tables: readonly string[]): Promise<Record<string, [string, string][]>> {
  const env = openLmdb({ path: folder, noSubdir: false, maxDbs: 4, encoding: 'binary', readOnly: true });
  const found: Record<string, [string, string][]> = {};
  for (const name of tables) {
    const table = env.openDB<Buffer, Buffer>({ name, encoding: 'binary', keyEncoding: 'binary' });
    found[name] = [...table.getRange()].map(({ key, value }) => [
      Buffer.from(key).toString('hex'),
      Buffer.from(value).toString('hex'),
    ]);
  }
  return env.close().then(() => found);
}

const text16 = (hex: string): string => Buffer.from(hex, 'hex').toString();

/** CRC-32C, bit by bit, continued from `before`. */
function crc32c(bytes: Buffer, before: number): number {
  let crc = ~before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

const u16 = (n: number): string =>
  n
    .toString(16)
    .padStart(4, '0')
    .replace(/(..)(..)/, '$2$1');
const u32 = (n: number): string => u16(n & 0xffff) + u16(n >>> 16);

/** The value of a row of collection 1 with one vector, in hexadecimal as its parts are. */
const rowOf = (row: number, id: string, payload: string, vector: string): string =>
  bytesOfRow(row ^ 1, id, payload, u16(0) + u16(1), vector);

/** The value of a patch, with the sequence number of its operation. */
const patchOf = (row: number, id: string, payload: string, seq: string): string =>
  bytesOfRow((row ^ 0x8000_0001) >>> 0, id, payload, u16(1) + u16(2), seq);

function bytesOfRow(seed: number, id: string, payload: string, kind: string, vector: string): string {
  const fields = kind + u32(vector.length / 2) + u32(crc32c(Buffer.from(vector, 'hex'), seed));
  let head = `0253${u16(1)}${u16(id.length / 2)}${u32(payload.length / 2)}${fields}${id}${payload}`;
  while ((head.length / 2 + 4) % 8 !== 0) head += '00';
  return head + u32(crc32c(Buffer.from(head, 'hex'), seed)) + vector;
}

/** A record of the log. */
function logOf(position: string, uints: string): string {
  return u32(crc32c(Buffer.from(position + uints, 'hex'), 5)) + position + uints;
}

test('a database is what it says', () =>
  withFolder(async (folder) => {
    const db = await open(folder);
    const words = await db.createCollection('words', { dimension: 2, metric: 'cosine' });
    await words.upsert([
      { id: 258, vector: [1, -2] },
      { id: 'é', vector: [0.5, 0], payload: { a: 1 } },
      { id: 'x', vector: [1, 1], payload: { s: '\ud800' } },
    ]);
    await words.delete('none of them');
    await words.upsert({ id: 'x', vector: [4, 4] });
    await words.setPayload('é', { a: 2 });
    await db.close();

    expect(readdirSync(folder).sort()).toEqual(['lock', 'snapshots', 'store']);
    expect(readdirSync(join(folder, 'snapshots'))).toEqual(['1.snapshot']);
    const found = await dump(join(folder, 'store'), ['records', 'ids', 'rows']);
    const collection = '00000001';
    const row = (n: number): string => `${collection}000000000000000${n}`;
    expect(found['ids']).toEqual([
      [`${collection}010000000000000102`, '000000000000f03f'],
      [`${collection}0278`, '0000000000001440'],
      [`${collection}02c3a9`, '0000000000000040'],
    ]);
    expect(found['rows']).toEqual([
      [row(1), rowOf(1, '010000000000000102', '', '0000803f000000c0')],
      [row(2), rowOf(2, '02c3a9', '0081a16101', '0000003f00000000')],
      [row(5), rowOf(5, '0278', '', '0000804000008040')],
      ['800000010000000000000002', patchOf(2, '02c3a9', '0081a16102', '0000000000001840')],
    ]);
    const isLog = ([key]: [string, string]): boolean => /^log(\/|$)/.test(text16(key));
    const log = Object.fromEntries(
      found['records']!.filter(isLog).map(([key, value]) => [text16(key), value]),
    );
    expect(log).toEqual({
      log: '0000000000001440',
      'log/1': logOf('000000000000f03f', '0100'), // the collection was made
      'log/2': logOf('0000000000000040', '00010100010300'),
      'log/3': logOf('0000000000000840', '00010100040100'),
      'log/4': logOf('0000000000001040', '0001010005010103'), // instead of row 3
      'log/5': logOf('0000000000001440', '0001010106010102'), // a patch of row 2
    });
    const records = Object.fromEntries(
      found['records']!.filter((record) => !isLog(record)).map(([key, value]) => [
        text16(key),
        JSON.parse(text16(value)),
      ]),
    );
    const { uuid } = records['identity'];
    expect(records).toEqual({
      identity: { version: STORE_VERSION, uuid: expect.stringMatching(/^[\da-f-]{36}$/) },
      next: 2,
      'collection/words': {
        id: 1,
        config: { dimension: 2, metric: 'cosine' },
        createdAt: expect.any(Number),
      },
      'counts/1': { seq: 6, points: 3, patched: 1, patchedAt: expect.any(Number) },
    });

    const snapshot = readFileSync(join(folder, 'snapshots', '1.snapshot'));
    expect(snapshot.toString('latin1', 0, 8)).toBe('SILTHNSW');
    expect(snapshot.readUInt32LE(8)).toBe(SNAPSHOT_VERSION);
    const header = JSON.parse(snapshot.toString('utf8', 16, 16 + snapshot.readUInt32LE(12)));
    expect(header.tag).toEqual({
      store: uuid,
      collection: 1,
      seq: 6,
      layout: expect.stringMatching(/^[\da-f-]{36}$/),
    });
    expect(Object.keys(header)).toEqual(['sections', 'tag']);
    const [{ options, arenas, ...section }, ...others] = header.sections;
    expect(others).toEqual([]);
    expect(section).toEqual({ field: 0, kind: 'dense', links: 'lists' });
    for (const name of [...Object.keys(options), ...Object.keys(arenas[0])])
      expect(text).toContain(`\`${name}\``);
    expect(snapshot.readUInt32LE(snapshot.length - 4)).toBe(crc32(snapshot.subarray(0, -4)));
  }));

/** The blocks of each index in a file of payload indexes, joined; and where they end. */
function blocksOf(file: Buffer, from: number): { blocks: string[]; end: number } {
  const blocks: string[] = [];
  let at = from;
  for (; file.readUInt32LE(at) !== 0xffff_ffff; at += 8 + file.readUInt32LE(at + 4)) {
    const number = file.readUInt32LE(at);
    const block = file.toString('hex', at + 8, at + 8 + file.readUInt32LE(at + 4));
    blocks[number] = (blocks[number] ?? '') + block;
  }
  return { blocks, end: at + 4 };
}

test('payload indexes are what it says', () =>
  withFolder(async (folder) => {
    const db = await open(folder);
    const words = await db.createCollection('words', { dimension: 2, metric: 'cosine' });
    await words.createPayloadIndex('tags', 'keyword');
    await words.createPayloadIndex('a.on', 'bool');
    await words.upsert([
      { id: 1, vector: [1, 0], payload: { tags: ['b', 'é'] } },
      { id: 2, vector: [1, 0], payload: { tags: [null], a: { on: true } } },
      { id: 3, vector: [1, 0], payload: { tags: null } },
      { id: 4, vector: [1, 0], payload: { tags: ['b', 7], a: { on: [true, false] } } },
    ]);
    await db.close();

    expect(readdirSync(join(folder, 'snapshots')).sort()).toEqual(['1.payloads', '1.snapshot']);
    const { records } = await dump(join(folder, 'store'), ['records']);
    const definitions = records!.find(([key]) => text16(key) === 'indexes/1')![1];
    expect(JSON.parse(text16(definitions))).toEqual([
      { path: 'tags', kind: 'keyword' },
      { path: 'a.on', kind: 'bool' },
    ]);
    const file = readFileSync(join(folder, 'snapshots', '1.payloads'));
    expect(file.toString('latin1', 0, 8)).toBe('SILTPAYL');
    expect(file.readUInt32LE(8)).toBe(PAYLOADS_VERSION);
    const start = 16 + file.readUInt32LE(12);
    const snapshot = readFileSync(join(folder, 'snapshots', '1.snapshot'));
    const { tag } = JSON.parse(snapshot.toString('utf8', 16, 16 + snapshot.readUInt32LE(12)));
    expect(JSON.parse(file.toString('utf8', 16, start))).toEqual({
      layout: tag.layout,
      indexes: [
        { path: 'tags', kind: 'keyword', rows: 4, seq: 4 },
        { path: 'a.on', kind: 'bool', rows: 4, seq: 4 },
      ],
    });

    const { blocks, end } = blocksOf(file, start);
    const [form, none] = ['01', '00'];
    const slots = (...steps: number[]): string => Buffer.from([1, steps.length, ...steps]).toString('hex');
    const word = (text: string, ...steps: number[]): string =>
      `01${Buffer.from([2 * Buffer.byteLength(text), ...Buffer.from(text), steps.length, ...steps]).toString('hex')}`;
    const keyword = [form, '0e', Buffer.from('keyword').toString('hex'), slots(0, 3), slots(1), slots(1, 1)];
    expect(blocks[0]).toBe(
      [...keyword, word('b', 0, 3), word('é', 0), '00', slots(3), '02', slots(0), '00'].join(''),
    );
    const bool = [form, '08', Buffer.from('bool').toString('hex'), slots(1, 2), none, none];
    expect(blocks[1]).toBe([...bool, slots(1, 2), slots(3)].join(''));
    expect(end + 4).toBe(file.length);
    expect(file.readUInt32LE(end)).toBe(crc32(file.subarray(0, end)));
  }));
