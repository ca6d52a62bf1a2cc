/*
 * Requests to a server, by Node's own client: fetch gives up after five minutes without an answer, and to check or to compact a large
 * collection may take longer.
 */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

export interface Request {
  readonly method: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Readable | undefined;
  /** Ends it. */
  readonly signal?: AbortSignal | undefined;
}

/** The head of the answer; its body has not been read yet. */
export async function requested(
  url: string,
  { method, headers, body, signal }: Request,
): Promise<IncomingMessage> {
  const { request } = await (new URL(url).protocol === 'https:' ? import('node:https') : import('node:http'));
  return new Promise((resolve, reject) => {
    const asked = request(url, { method, headers, ...(signal && { signal }) });
    asked.on('response', resolve);
    asked.on('error', reject);
    // A server that refuses answers before it has all.
    if (typeof body === 'object') pipeline(body, asked).catch(reject);
    else asked.end(body);
  });
}

export async function textOf(answer: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of answer) parts.push(part as Buffer);
  return Buffer.concat(parts).toString();
}
