/*
 * Backups of what a server has open. It makes a snapshot, which is fetched, compared with its checksum, and deleted there: also where the
 * copy fails.
 */
import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rename, rm, rmdir } from 'node:fs/promises';
import { Readable, type Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { CommandError } from '../frame/exits.js';
import type { Connection } from './connection.js';

interface Snapshot {
  readonly name: string;
  /** SHA-256. */
  readonly checksum: string | null;
}

async function fetched(connection: Connection, snapshots: string, into: Writable): Promise<void> {
  const { result } = await connection.ask<{ result: Snapshot }>(snapshots, { method: 'POST' });
  const place = `${snapshots}/${encodeURIComponent(result.name)}`;
  try {
    const hash = createHash('sha256');
    const tapped = async function* (bytes: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
      for await (const chunk of bytes) {
        hash.update(chunk);
        yield chunk;
      }
    };
    await pipeline(await connection.sent(place), tapped, into);
    if (result.checksum !== null && hash.digest('hex') !== result.checksum)
      throw new CommandError('FAILED', `what came from ${connection.url} is damaged: try again`);
  } finally {
    await connection.ask(place, { method: 'DELETE' }).catch(() => {}); // the server may be gone
  }
}

/** Writes under another name until all is there. */
async function whole(to: string, write: (unfinished: string) => Promise<void>): Promise<void> {
  const unfinished = `${to}.part`;
  try {
    await write(unfinished);
    await rename(unfinished, to);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    throw error;
  }
}

/** Into a folder that is not there, or is empty. */
export async function copyAll(connection: Connection, to: string): Promise<void> {
  const { unpacking } = await import('../../server/qdrant/archive.js');
  await whole(to, async (unfinished) => {
    await fetched(connection, 'snapshots', unpacking(unfinished));
    await rmdir(to).catch(() => {});
  });
}

const snapshotsOf = (name: string): string => `collections/${encodeURIComponent(name)}/snapshots`;

/** Into a file. */
export function copyCollection(connection: Connection, name: string, to: string): Promise<void> {
  return whole(to, (unfinished) =>
    fetched(connection, snapshotsOf(name), createWriteStream(unfinished, { flush: true })),
  );
}

/** A file that `backupCollection` wrote, in place of a collection of this name. */
export async function sendCollection(connection: Connection, name: string, from: string): Promise<void> {
  const boundary = randomUUID();
  const form = async function* (): AsyncGenerator<string | Buffer> {
    yield `--${boundary}\r\ncontent-disposition: form-data; name="snapshot"; filename="snapshot"\r\n`;
    yield 'content-type: application/octet-stream\r\n\r\n';
    yield* createReadStream(from, { highWaterMark: 1 << 18 });
    yield `\r\n--${boundary}--\r\n`;
  };
  await connection.ask(`${snapshotsOf(name)}/upload`, {
    body: Readable.from(form(), { objectMode: false }),
    type: `multipart/form-data; boundary=${boundary}`,
  });
}
