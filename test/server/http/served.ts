/* A server for a test, and requests to it. */
import { type ServeOptions, type Server, serve } from '#silt/server/http/index.js';

export async function withServer(
  options: ServeOptions,
  run: (server: Server, ask: Ask) => Promise<void>,
): Promise<void> {
  await using server = await serve({ port: 0, ...options });
  await run(server, askerOf(server.url));
}

export interface Answer {
  readonly status: number;
  readonly statusText: string;
  readonly headers: Headers;
  readonly text: string;
  /** Of an envelope, the result; of an error, its text. */
  readonly result: unknown;
  readonly error: string | undefined;
}

export type Ask = (
  method: string,
  path: string,
  body?: unknown,
  headers?: Readonly<Record<string, string>>,
) => Promise<Answer>;

function parsed(text: string): { result?: unknown; status?: { error?: string } } {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

/** A body that is a text is sent as it is. */
export function askerOf(url: string): Ask {
  return async (method, path, body, headers = {}) => {
    const response = await fetch(url + path, {
      method,
      headers: body === undefined ? headers : { 'content-type': 'application/json', ...headers },
      ...(body !== undefined && {
        body:
          typeof body === 'string' || body instanceof Uint8Array ? (body as string) : JSON.stringify(body),
      }),
    });
    const text = await response.text();
    const { result, status } = parsed(text);
    const { status: code, statusText, headers: given } = response;
    return { status: code, statusText, headers: given, text, result, error: status?.error };
  };
}

/** A collection `test` of four components with three points. */
export const POINTS = [
  { id: 1, vector: [0.05, 0.61, 0.76, 0.74], payload: { city: 'Berlin', count: 3 } },
  { id: 2, vector: [0.19, 0.81, 0.75, 0.11], payload: { city: 'London', count: 1 } },
  { id: 3, vector: [0.36, 0.55, 0.47, 0.94], payload: { city: 'Moscow', count: 9 } },
] as const;

export async function withPoints(
  options: ServeOptions,
  run: (ask: Ask, server: Server) => Promise<void>,
): Promise<void> {
  await withServer(options, async (server, ask) => {
    await ask('PUT', '/collections/test', { vectors: { size: 4, distance: 'Dot' } });
    await ask('PUT', '/collections/test/points?wait=true', { points: POINTS });
    await run(ask, server);
  });
}
