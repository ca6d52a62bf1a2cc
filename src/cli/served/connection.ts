/* The way to a server: requests with its key, and errors in its words. A failing request is not asked again: people do that. */
import type { IncomingMessage } from 'node:http';
import type { Readable } from 'node:stream';
import { parse } from '../../server/http/json.js';
import { CommandError, exitOf } from '../frame/exits.js';
import { certificateFault, keyNeeded } from './faults.js';
import { requested, textOf } from './http.js';

/** An error that the server answered. */
export class ServedError extends CommandError {
  /** Of Silt's errors; null for those of the server itself. */
  readonly code: string | null;

  constructor(code: string | null, message: string) {
    super(exitOf(code ?? ''), message);
    this.code = code;
  }
}

interface Refusal {
  /** Where the page asks, and where Qdrant's clients do. */
  readonly error?: { readonly code: string | null; readonly message: string };
  readonly status?: { readonly error?: string };
}

function parsed(text: string): unknown {
  try {
    return parse(text);
  } catch {
    return undefined;
  }
}

export interface Sent {
  readonly method?: string;
  readonly body?: string | Readable | undefined;
  readonly type?: string;
}

export class Connection {
  readonly url: string;
  readonly #key: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  /** `signal`: ends requests. */
  constructor(url: string, apiKey: string | undefined, signal?: AbortSignal) {
    this.url = url.replace(/\/+$/, '');
    this.#key = apiKey === undefined ? {} : { 'api-key': apiKey };
    this.#signal = signal;
  }

  /** The head of an answer that is no refusal. @throws CommandError */
  async sent(path: string, { method, body, type = 'application/json' }: Sent = {}): Promise<IncomingMessage> {
    const answer = await this.#reached(
      requested(`${this.url}/${path}`, {
        method: method ?? (body === undefined ? 'GET' : 'POST'),
        headers: { ...this.#key, ...(body !== undefined && { 'content-type': type }) },
        body,
        signal: this.#signal,
      }),
    );
    if (answer.statusCode! < 300) return answer;
    const refusal = (parsed(await this.#reached(textOf(answer))) ?? {}) as Refusal;
    throw this.#errorOf(answer, refusal);
  }

  /** @throws CommandError */
  async ask<T>(path: string, sent?: Sent): Promise<T> {
    const text = await this.#reached(textOf(await this.sent(path, sent)));
    const value = parsed(text);
    if (value === undefined) throw this.#unknown(`${text.slice(0, 60)}`);
    return value as T;
  }

  async #reached<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      this.#signal?.throwIfAborted();
      const { message, code } = error as NodeJS.ErrnoException;
      throw (
        certificateFault(this.url, error as Error) ??
        new CommandError(
          'FAILED',
          `cannot reach ${this.url}: ${message || code}. Is silt serve running there?`,
        )
      );
    }
  }

  #unknown(what: string): CommandError {
    return new CommandError(
      'FAILED',
      `${this.url} answered ${what}, and not as a server of this version of Silt. For servers of Qdrant there are silt push and silt pull`,
    );
  }

  /** With the exit that the same would have in a folder. */
  #errorOf({ statusCode, statusMessage }: IncomingMessage, { error, status }: Refusal): CommandError {
    const message = error?.message ?? status?.error;
    if (statusCode === 401 || statusCode === 403) return keyNeeded(this.url, message ?? statusMessage);
    if (message === undefined) return this.#unknown(String(statusCode));
    return new ServedError(error?.code ?? null, message);
  }
}
