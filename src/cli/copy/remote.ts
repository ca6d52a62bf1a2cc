/* A server that is asked by Qdrant's documented requests. What may pass by itself is asked again, later and later. */
import { parse, stringify } from '../../server/http/json.js';
import { CommandError } from '../frame/exits.js';
import { certificateFault, keyNeeded } from '../served/faults.js';

/** Milliseconds before what failed is asked again: the first pause, and the longest. */
const PAUSE_MS = 500;
const PAUSE_MS_MAX = 20_000;
const TRIES = 8;
/** As long as nothing has ever been answered: the address may be wrong, and nobody waits a minute for that. */
const FIRST_TRIES = 3;
const TIMEOUT_MS = 120_000;

/** Why a copy did not succeed: its message says all. */
export class CopyError extends Error {}

/** What is asked is refused, and will be again. */
class Refusal extends CopyError {}

interface Answer {
  readonly result?: unknown;
  readonly status?: { readonly error?: string };
}

/** Whether what was answered so may pass by itself. */
function passes(status: number): boolean {
  return status === 429 || (status >= 500 && status !== 501);
}

/** What fetch failed by. A name of several addresses has an error of each, and no message of its own. */
function reasonOf(error: Error): NodeJS.ErrnoException {
  const { cause } = error;
  if (!(cause instanceof Error)) return error;
  const [first] = cause instanceof AggregateError ? (cause.errors as Error[]) : [cause];
  return first?.message ? first : error;
}

function answerIn(text: string): Answer {
  try {
    return parse(text) as Answer;
  } catch {
    return {};
  }
}

export class Remote {
  readonly url: string;
  /** What people know it by. */
  readonly name: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #told: (line: string) => void;
  /** Whether there is a server at all. */
  #answered = false;

  constructor(url: string, apiKey: string | undefined, told: (line: string) => void, name?: string) {
    this.url = url.replace(/\/+$/, '');
    this.name = name ?? this.url;
    this.#headers = apiKey === undefined ? {} : { 'api-key': apiKey };
    this.#told = told;
  }

  /**
   * Makes what is not there. That it is there when this is asked again, is due to the time before, of which the answer was lost. `again`:
   * that time was in another process.
   */
  async create(path: string, body: unknown, again = false): Promise<void> {
    await this.ask('PUT', path, body, { status: 409, again });
  }

  /**
   * The result. `done`: the status that says so where it is asked again.
   *
   * @throws Refusal, or an error of the network, when tries are used up
   */
  async ask<T>(
    method: string,
    path: string,
    body?: unknown,
    done?: { readonly status: number; readonly again: boolean },
  ): Promise<T> {
    for (let tries = 1, ms = PAUSE_MS; ; tries++, ms = Math.min(2 * ms, PAUSE_MS_MAX)) {
      let why: Error;
      let pause = ms;
      try {
        const response = await fetch(this.url + path, {
          method,
          headers: { ...this.#headers, ...(body !== undefined && { 'content-type': 'application/json' }) },
          ...(body !== undefined && { body: stringify(body) }),
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
        this.#answered = true;
        const text = await response.text();
        const { result, status } = answerIn(text);
        const isDone = response.status === done?.status && (done.again || tries > 1);
        if (response.ok || isDone) return result as T;
        const shown = status?.error ?? text.slice(0, 200);
        if (response.status === 401 || response.status === 403)
          throw keyNeeded(this.name, shown || response.statusText);
        const message = status?.error ?? `${response.status} ${response.statusText} ${shown}`;
        const answered = `${this.name} answered: ${message}`;
        if (!passes(response.status)) throw new Refusal(answered);
        why = new CopyError(answered);
        pause = Math.max(ms, 1_000 * (Number(response.headers.get('retry-after')) || 0));
      } catch (error) {
        if (error instanceof Refusal || error instanceof CommandError) throw error;
        const reason = reasonOf(error as Error);
        why = certificateFault(this.name, reason) ?? this.#unreached(reason);
        const ends = why instanceof CommandError || reason.code === 'ECONNREFUSED' || tries === FIRST_TRIES;
        if (ends && !this.#answered) throw why;
      }
      if (tries === TRIES) throw why;
      this.#told(`${why.message}. Retrying in ${(pause / 1_000).toFixed(1)} s`);
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }

  #unreached(reason: Error): CopyError {
    const why = `cannot reach ${this.name}: ${reason.message}`;
    const next = this.#answered ? '' : '. Is a server running there? Check the address';
    return new CopyError(why + next, { cause: reason });
  }
}
