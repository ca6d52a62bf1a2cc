/*
 * Looks at the messages of an Arrow file or stream before its reader does, which trusts what they say: it would take memory for any
 * length, and read for ever what is none. (Arrow Columnar Format, "Serialization and Interprocess Communication"; the numbers of
 * fields are those of Message.fbs, Schema.fbs and File.fbs.)
 */
import type { FileHandle } from 'node:fs/promises';
import { Table } from './flatbuffer.js';

const MAGIC = 'ARROW1';
/** What a message begins with, before its length. */
const CONTINUATION = 0xffffffff;
/** Behind the footer: its length, and the magic. */
const ENDING = 10;
/** Fields of a schema, those within others among them; and how deep they may be. */
const FIELDS_MOST = 10_000;
const DEPTH_MOST = 64;
/** Rows that need no bytes: of columns that are all null, say. Others have a bit or more for each. */
const EMPTY_MOST = 65_536;

const [SCHEMA, DICTIONARY, BATCH] = [1, 2, 3];
const [TIMESTAMP, UNION] = [10, 14];

function expectMembers(table: Table, n: number): void {
  for (const member of table.tables(n)) for (const text of [0, 1]) member.expectList(text, 1);
}

function expectSchema(schema: Table): void {
  let fields = 0;
  const expectField = (field: Table, depth: number): void => {
    if (++fields > FIELDS_MOST || depth > DEPTH_MOST)
      throw new Error(`it has more than ${FIELDS_MOST} columns, or they are more than ${DEPTH_MOST} deep`);
    field.expectList(0, 1);
    const kind = field.byte(2);
    if (kind === TIMESTAMP || kind === UNION) field.table(3)?.expectList(1, kind === UNION ? 4 : 1);
    field.table(4)?.table(1);
    expectMembers(field, 6);
    for (const child of field.tables(5)) expectField(child, depth + 1);
  };
  for (const field of schema.tables(1)) expectField(field, 1);
  expectMembers(schema, 2);
}

function expectBatch(batch: Table | undefined, body: number): void {
  if (!batch) throw new Error('a message has no header');
  if (batch.table(3)) throw new Error('its buffers are compressed');
  const most = Math.max(EMPTY_MOST, 8 * body);
  for (const [rows, nulls] of [[batch.length(0), 0] as const, ...batch.pairs(1)])
    if (rows > most || nulls > rows)
      throw new RangeError(`a column says ${rows} rows and ${nulls} of them null, in ${body} bytes`);
  for (const [from, length] of batch.pairs(2))
    if (from + length > body) throw new RangeError('a column lies behind the end of its message');
  batch.expectList(4, 8);
}

/** The length of what follows the header of a message. */
function bodyOf(bytes: Uint8Array, kinds: readonly number[]): number {
  const message = Table.root(bytes);
  const [kind, body] = [message.byte(1), message.length(3)];
  const header = message.table(2);
  if (!kinds.includes(kind) || !header) throw new Error('a message is of another kind than it must be');
  if (kind === SCHEMA) expectSchema(header);
  else expectBatch(kind === BATCH ? header : header.table(1), body);
  expectMembers(message, 4);
  return body;
}

/** A stretch of a file, which has messages. */
interface Stretch {
  readonly handle: FileHandle;
  readonly end: number;
}

async function bytesAt({ handle, end }: Stretch, at: number, length: number): Promise<Buffer> {
  if (at < 0 || length < 0 || at + length > end) throw new RangeError('a message is longer than the file');
  const bytes = Buffer.alloc(length);
  const { bytesRead } = await handle.read(bytes, 0, length, at);
  if (bytesRead < length) throw new Error('it was cut short while it was read');
  return bytes;
}

/** Checks a message. Returns where the next one begins; undefined behind the last. */
async function expectMessage(
  stretch: Stretch,
  at: number,
  kinds: readonly number[],
): Promise<number | undefined> {
  const first = (await bytesAt(stretch, at, 4)).readUInt32LE();
  const begin = first === CONTINUATION ? at + 8 : at + 4; // before version 0.15, there was no mark
  const length = first === CONTINUATION ? (await bytesAt(stretch, at + 4, 4)).readUInt32LE() : first;
  if (length === 0) return undefined;
  const body = bodyOf(await bytesAt(stretch, begin, length), kinds);
  const next = begin + length + body;
  if (next > stretch.end) throw new RangeError('a message is longer than the file');
  return next;
}

async function expectStream(stretch: Stretch): Promise<void> {
  let at = await expectMessage(stretch, 0, [SCHEMA]);
  if (at === undefined) throw new Error('it has no schema');
  while (at !== undefined && at < stretch.end)
    at = await expectMessage(stretch, at, [SCHEMA, DICTIONARY, BATCH]);
}

/** Where batches are, its footer says: it is at the end, before its length. */
async function expectFile(handle: FileHandle, size: number): Promise<void> {
  const length = (await bytesAt({ handle, end: size }, size - ENDING, 4)).readUInt32LE();
  const end = size - ENDING - length;
  const footer = Table.root(await bytesAt({ handle, end: size }, end, length));
  const schema = footer.table(1);
  if (!schema) throw new Error('it has no schema');
  expectSchema(schema);
  expectMembers(footer, 4);
  for (const [field, kind] of [
    [2, DICTIONARY],
    [3, BATCH],
  ] as const)
    for (const [at] of footer.pairs(field, 24, 16)) {
      const next = await expectMessage({ handle, end }, at, [kind]);
      if (next === undefined) throw new Error('its footer leads to no message');
    }
}

/** @throws Error where it is neither a file nor a stream of Arrow whose lengths can be believed */
export async function expectArrow(handle: FileHandle, size: number): Promise<void> {
  const ends = Buffer.alloc(16);
  await handle.read(ends, 0, 8, 0);
  await handle.read(ends, 8, 8, Math.max(0, size - 8));
  if (ends.toString('latin1', 0, 6) !== MAGIC) {
    if (size < 8) throw new Error('it is neither a file of Arrow nor a stream of its messages');
    return expectStream({ handle, end: size });
  }
  if (size < 8 + ENDING || ends.toString('latin1', 10) !== MAGIC)
    throw new Error('it is cut short: its end is missing');
  return expectFile(handle, size);
}
