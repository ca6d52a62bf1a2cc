/*
 * Where the server of a folder is, in a file beside the database: other commands say it, or ask there. It counts as long as the process
 * that wrote it holds the database.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const fileOf = (path: string): string => join(path, 'server.json');

/** Writes it; what is returned takes it away. A folder that takes no file is served all the same. */
export function announce(path: string, url: string): () => void {
  try {
    writeFileSync(fileOf(path), `${JSON.stringify({ url, pid: process.pid })}\n`);
  } catch {
    return () => {};
  }
  return () => rmSync(fileOf(path), { force: true });
}

/** The address that this process serves the folder at, if it does. */
export function addressOf(path: string, pid: number): string | undefined {
  try {
    const { url, pid: by } = JSON.parse(readFileSync(fileOf(path), 'utf8'));
    return by === pid && typeof url === 'string' ? url : undefined;
  } catch {
    return undefined;
  }
}
