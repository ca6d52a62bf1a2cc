/* The options of `serve`, and their checks. The command line has the same options; docs/OPERATING.md describes them. */
import { createSecureContext } from 'node:tls';
import type { Database } from '../../api/database.js';
import type { UrlLike } from '../../api/standard.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { awaitHint } from '../../base/hints.js';
import { isLoopback } from '../../base/loopback.js';
import {
  Call,
  type Check,
  checkOf,
  choice,
  defaulting,
  flag,
  integer,
  listener,
  optional,
  type Values,
} from '../../base/options.js';
import { DATABASE_TYPE, insteadOfOptions, isDatabase } from '../qdrant/database.js';
import { VERSION } from '../qdrant/service.js';
import type { FailedRequest } from './faults.js';

/** Limits on what clients may use. */
export interface ServeLimits {
  /** Bytes of a body, before and after decompression. Default 33,554,432 (32 MiB), as Qdrant's. */
  readonly bodyBytes?: number | undefined;
  /** Bytes that the bodies of all requests may take together; requests beyond it get 429. Default 268,435,456 (256 MiB). */
  readonly bodiesBytes?: number | undefined;
  /**
   * Bytes that one answer may take in memory, about; a request for more gets 400. Each component of a vector counts as 16.
   * Default 268,435,456 (256 MiB).
   */
  readonly answerBytes?: number | undefined;
  /** Bytes that all answers may take together; requests beyond it get 429. Default 536,870,912 (512 MiB). */
  readonly answersBytes?: number | undefined;
  /** Open connections; more are closed as they come. Default 10,000. */
  readonly connections?: number | undefined;
  /** Bytes of one line in a stream of points. Default 4,194,304 (4 MiB). */
  readonly lineBytes?: number | undefined;
  /** Bytes of a snapshot that is uploaded, or downloaded from a URL to be recovered. Default 10,737,418,240 (10 GiB). */
  readonly uploadBytes?: number | undefined;
  /** Concurrent requests; more get 429. Default 1,000. */
  readonly requests?: number | undefined;
  /** Milliseconds that a client may take to send the headers of a request. Default 10,000. */
  readonly headMs?: number | undefined;
  /** Milliseconds that a client may take to send a body. Default 60,000. */
  readonly bodyMs?: number | undefined;
  /** Milliseconds without progress after which the connection of a client that reads a response or sends a stream is closed. Default 60,000. */
  readonly stallMs?: number | undefined;
  /** Milliseconds that an idle connection stays open. Default 65,000. */
  readonly keepAliveMs?: number | undefined;
  /** Milliseconds that `close` waits for requests in progress. Default 8,000: Docker kills after 10 seconds. */
  readonly closeMs?: number | undefined;
}

export interface ServeOptions {
  /** The folder of the database; created if missing. Without `path` and `database`, the database is in memory. */
  readonly path?: string | UrlLike | undefined;
  /** The folder of snapshots. Default: `qdrant-snapshots` in the folder of the database. */
  readonly snapshotsPath?: string | undefined;
  /** An open database. `close` leaves it open. */
  readonly database?: Database | undefined;
  /** The address to listen on. Any other than loopback needs a key, or `insecure`. Default '127.0.0.1'. */
  readonly host?: string | undefined;
  /** 0 picks a free port. Default 6333. */
  readonly port?: number | undefined;
  /** A key that grants full access. */
  readonly apiKey?: string | undefined;
  /** A key that grants read access. */
  readonly readOnlyApiKey?: string | undefined;
  /** Refuses all writes. With `path`, another process may be writing the same folder. Default false. */
  readonly readOnly?: boolean | undefined;
  /** Allows any address without a key. Default false. */
  readonly insecure?: boolean | undefined;
  /** Certificate and private key in PEM: serves HTTPS. */
  readonly tls?: { readonly cert: string | Uint8Array; readonly key: string | Uint8Array } | undefined;
  /** Allowed CORS origins; '*' for all. Default: none. */
  readonly cors?: string | readonly string[] | undefined;
  /** Whether responses of 1 KiB or more are compressed for clients that accept it. Default 'remote': not over loopback. */
  readonly compress?: 'remote' | 'always' | 'never' | undefined;
  /** The version of Qdrant that the server reports. Default '1.19.0'. */
  readonly version?: string | undefined;
  /**
   * Called with internal errors, for which clients get 500: the error, the request, and the reference number in the response.
   * Default: printed on the standard error.
   */
  readonly onError?: ((error: unknown, request: FailedRequest) => void) | undefined;
  readonly limits?: ServeLimits | undefined;
}

const text: Check<string> = checkOf(
  'a string that is not empty',
  (value) => typeof value === 'string' && value !== '',
);
const KEY = 'a string of at least 8 characters without spaces';
const aKey: Check<string> = {
  type: KEY,
  // The error must not contain the key.
  of(name, value) {
    if (typeof value === 'string' && /^[!-~]{8,}$/.test(value)) return value;
    const got = typeof value === 'string' ? `one of ${value.length} characters` : show(value);
    throw new ValidationError('INVALID_OPTION', `${name} must be ${KEY}, got ${got}`);
  },
};
const origins: Check<string | readonly string[]> = checkOf(
  "'*', an origin such as 'https://example.com', or a list of origins",
  (value) =>
    [value].flat().length > 0 &&
    [value].flat().every((one) => typeof one === 'string' && /^(\*|[a-z][\w+.-]*:\/\/[^/\s]+)$/.test(one)),
);
const pem = (value: unknown): boolean => typeof value === 'string' || value instanceof Uint8Array;
const tls: Check<NonNullable<ServeOptions['tls']>> = checkOf(
  '{ cert, key } in PEM',
  (value) =>
    typeof value === 'object' &&
    value !== null &&
    'cert' in value &&
    'key' in value &&
    pem(value.cert) &&
    pem(value.key),
);
const something = <T>(type: string): Check<T> =>
  checkOf(type, (value) => typeof value === 'object' && value !== null);
const ms = integer(1, 86_400_000);

type LimitName = keyof ServeLimits;
const LIMITS = new Call<ServeLimits, LimitName>(
  'limits',
  {
    bodyBytes: defaulting(integer(1_024, 512 * 1024 ** 2), 32 * 1024 ** 2, 'Bytes of a body.'),
    lineBytes: defaulting(
      integer(64, 64 * 1024 ** 2),
      4 * 1024 ** 2,
      'Bytes of one line of a stream of points.',
    ),
    uploadBytes: defaulting(integer(1_024, 2 ** 50), 10 * 1024 ** 3, 'Bytes of a snapshot that is uploaded.'),
    bodiesBytes: defaulting(
      integer(1_024),
      256 * 1024 ** 2,
      'Bytes that the bodies of all requests may take together.',
    ),
    answerBytes: defaulting(
      integer(1_024, 512 * 1024 ** 2),
      256 * 1024 ** 2,
      'Bytes that an answer may take in memory.',
    ),
    answersBytes: defaulting(integer(1_024), 512 * 1024 ** 2, 'Bytes that all answers may take together.'),
    connections: defaulting(integer(1), 10_000, 'Connections; more are closed as they come.'),
    requests: defaulting(integer(1), 1_000, 'Requests that are worked on at once.'),
    headMs: defaulting(ms, 10_000, 'Milliseconds for the head of a request.'),
    bodyMs: defaulting(ms, 60_000, 'Milliseconds for a body.'),
    stallMs: defaulting(ms, 60_000, 'Milliseconds without a byte.'),
    keepAliveMs: defaulting(ms, 65_000, 'Milliseconds of a connection without a request.'),
    closeMs: defaulting(ms, 8_000, 'Milliseconds that `close` waits for requests.'),
  },
  { what: 'limits', prefix: 'limits.' },
);

type Defaulted = 'host' | 'port' | 'readOnly' | 'insecure' | 'compress' | 'version';
const SERVE = new Call<ServeOptions, Defaulted>('serve', {
  path: optional(
    checkOf(
      'a path or a file URL',
      (value) => (typeof value === 'string' && value !== '') || typeof value === 'object',
    ),
    'The folder of the database.',
  ),
  snapshotsPath: optional(text, 'The folder of snapshots.'),
  database: optional(
    checkOf<Database>(DATABASE_TYPE, isDatabase, awaitHint),
    'A database that is open already.',
  ),
  host: defaulting(text, '127.0.0.1', 'The address to listen at.'),
  port: defaulting(integer(0, 65_535), 6_333, 'The port; 0 takes one that is free.'),
  apiKey: optional(aKey, 'Who has it may do everything.'),
  readOnlyApiKey: optional(aKey, 'Who has it may read.'),
  readOnly: defaulting(flag, false, 'Refuses all writes.'),
  insecure: defaulting(flag, false, 'Listens at any address without a key.'),
  tls: optional(tls, 'Certificate and key in PEM.'),
  cors: optional(origins, 'Origins whose pages may ask.'),
  compress: defaulting(choice('remote', 'always', 'never'), 'remote', 'Whether responses are compressed.'),
  version: defaulting(
    checkOf('a version such as 1.19.0', (value) => typeof value === 'string' && /^\d+\.\d+\.\d+/.test(value)),
    VERSION,
    "The version that is given for Qdrant's.",
  ),
  onError: optional(listener<(error: unknown, request: FailedRequest) => void>(), 'Told what fails inside.'),
  limits: optional(something<ServeLimits>('an object'), 'Bounds on what clients may ask at once.'),
});

export type Limits = Values<ServeLimits, LimitName>;
export type Settled = Omit<Values<ServeOptions, Defaulted>, 'limits'> & { readonly limits: Limits };

function refuse(why: string, options?: ErrorOptions): never {
  throw new ValidationError('INVALID_OPTION', `serve: ${why}`, options);
}

function checkTls({ cert, key }: NonNullable<ServeOptions['tls']>): void {
  try {
    createSecureContext({ cert: Buffer.from(cert), key: Buffer.from(key) });
  } catch (error) {
    const why = (error as Error).message;
    refuse(`tls: certificate and key must be in PEM, and belong together: ${why}`, { cause: error });
  }
}

/** @throws ValidationError for invalid options, and for a server that would be open to everybody without `insecure` */
export function settled(options: ServeOptions): Settled {
  const why = insteadOfOptions('serve', options);
  if (why) throw new ValidationError('INVALID_OPTION', why);
  const o = SERVE.read(options);
  const all: Settled = { ...o, limits: LIMITS.read(o.limits ?? {}) };
  if (all.tls) checkTls(all.tls);
  if (all.limits.bodiesBytes < all.limits.bodyBytes)
    refuse('limits.bodiesBytes must be limits.bodyBytes or more, or no body of that size could ever come');
  if (all.limits.answersBytes < all.limits.answerBytes)
    refuse(
      'limits.answersBytes must be limits.answerBytes or more, or no answer of that size could ever come',
    );
  if (o.database && o.path !== undefined) refuse('give path or database, not both');
  if (o.apiKey !== undefined && o.apiKey === o.readOnlyApiKey)
    refuse('apiKey and readOnlyApiKey must differ, or whoever may read may write');
  if (!isLoopback(o.host) && o.apiKey === undefined && o.readOnlyApiKey === undefined && !o.insecure)
    refuse(
      `${show(o.host)} is not a loopback address, and there is no key: set apiKey, listen on 127.0.0.1, or set insecure: true`,
    );
  return all;
}
