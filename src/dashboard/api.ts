/* Requests to the server of the page. */
import type { ErrorView } from '../server/dashboard/wire.js';
import { type Store, storeOf } from './store.ts';
import { keyHeaders } from './token.ts';

/** An answer that is an error, in the words of the server. */
export class ApiError extends Error {
  readonly status: number;
  readonly code: string | null;

  constructor(status: number, code: string | null, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** Whether the server has refused the key: the page asks for another. */
export const locked: Store<boolean> = storeOf(false);

const API = '/dashboard/api';

async function errorIn(response: Response): Promise<ApiError> {
  const text = await response.text();
  try {
    const { error } = JSON.parse(text) as ErrorView;
    return new ApiError(response.status, error.code, error.message);
  } catch {
    return new ApiError(response.status, null, text || `the server answered ${response.status}`);
  }
}

async function requested(path: string, init: RequestInit): Promise<Response> {
  const headers = { ...keyHeaders(), ...(init.headers as Record<string, string>) };
  const response = await fetch(path, { ...init, headers });
  if (response.ok) return response;
  if (response.status === 401) locked.set(true);
  throw await errorIn(response);
}

export async function got<T>(path: string, signal?: AbortSignal): Promise<T> {
  const response = await requested(`${API}/${path}`, { signal: signal ?? null });
  return (await response.json()) as T;
}

/** The body of an answer, as it comes. */
export async function streamed(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  return (await requested(`${API}/${path}`, { signal })).body!;
}

/** The path of a call on a collection. */
const pathOf = (collection: string, name: string): string =>
  `${API}/collections/${encodeURIComponent(collection)}/${name}`;

/** A call that is answered with numbers as they stand in memory. */
export async function bytesOf(
  collection: string,
  name: string,
  body: object,
  signal: AbortSignal,
): Promise<ArrayBuffer> {
  const headers = { 'content-type': 'application/json' };
  const init = { method: 'POST', headers, body: JSON.stringify(body), signal };
  return (await requested(pathOf(collection, name), init)).arrayBuffer();
}

/**
 * A call on a collection. The members of the body are values; those of `texts` are JSON already, so that integers above 2^53
 * cross as they were typed.
 */
export async function call<T>(
  collection: string,
  name: string,
  body: object,
  {
    texts = {},
    signal,
  }: { readonly texts?: Readonly<Record<string, string>>; readonly signal?: AbortSignal } = {},
): Promise<T> {
  const members = [
    ...Object.entries(body).flatMap(([key, value]) =>
      value === undefined ? [] : [[key, JSON.stringify(value)]],
    ),
    ...Object.entries(texts),
  ].map(([key, text]) => `${JSON.stringify(key)}:${text}`);
  const response = await requested(pathOf(collection, name), {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: `{${members.join(',')}}`,
    signal: signal ?? null,
  });
  return (await response.json()) as T;
}

export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
