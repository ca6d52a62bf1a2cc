/*
 * Where the server of a folder is, in a file beside the database: other commands say it, or ask there. It counts as long as the process
 * that wrote it holds the database.
 *
 * The key of that server is in a second file, which its user alone may read. Where files have no such modes (Windows), whoever may read
 * the folder may read the key: they may read the data as well.
 */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isLoopback } from '../../base/loopback.js';

const addressFile = (path: string): string => join(path, 'server.json');
const keyFile = (path: string): string => join(path, 'server.key');

/** A server, and the key that the folder has of it. */
export interface Announced {
  readonly url: string;
  readonly apiKey?: string | undefined;
}

function written(file: string, content: object, mode: number): void {
  rmSync(file, { force: true }); // one that is there would keep its mode, or be a link to elsewhere
  writeFileSync(file, `${JSON.stringify(content)}\n`, { mode, flag: 'wx' });
}

function removed(path: string): void {
  for (const file of [addressFile(path), keyFile(path)]) rmSync(file, { force: true });
}

/** Writes it; what is returned takes it away. A folder that takes no file is served all the same. */
export function announce(path: string, { url, apiKey }: Announced): () => void {
  const { pid } = process;
  try {
    removed(path);
    if (apiKey !== undefined) written(keyFile(path), { url, pid, apiKey }, 0o600);
    written(addressFile(path), { url, pid }, 0o644);
  } catch {
    return () => {};
  }
  return () => removed(path);
}

/** What the process of this id wrote there; undefined where another did, or it cannot be read. */
function readOf(file: string, pid: number): Partial<Announced> | undefined {
  try {
    const { pid: by, ...rest } = JSON.parse(readFileSync(file, 'utf8'));
    return by === pid ? rest : undefined;
  } catch {
    return undefined;
  }
}

/** The server by which this process serves the folder, if it does. A key is for its own address alone, and leaves no machine. */
export function announcedBy(path: string, pid: number): Announced | undefined {
  const url = readOf(addressFile(path), pid)?.url;
  if (typeof url !== 'string') return undefined;
  const key = readOf(keyFile(path), pid);
  const isItsOwn = key?.url === url && isLoopback(new URL(url).hostname.replace(/^\[|\]$/g, ''));
  return isItsOwn && typeof key.apiKey === 'string' ? { url, apiKey: key.apiKey } : { url };
}
