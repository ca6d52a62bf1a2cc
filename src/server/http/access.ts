/* Access control: API keys, and which web pages may send requests through a browser. */
import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { isIP } from 'node:net';
import { QdrantError } from '../qdrant/errors.js';
import type { Settled } from './options.js';

export type Right = 'all' | 'reading';

/** Sent as plain text, as Qdrant does. */
export class Unauthorized extends QdrantError {
  constructor(message: string) {
    super(401, message);
    this.name = 'Unauthorized';
  }
}

const digest = (key: string): Buffer => createHash('sha256').update(key).digest();

const BEARER = /^bearer +(.*)$/i;

/** Paths that need no key: process managers and load balancers check them; and the files of the dashboard, which asks for its key. */
const OPEN = new Set(['/', '/healthz', '/readyz', '/livez', '/dashboard', '/dashboard/:file']);

/**
 * Whether a page of another origin sends the request without an Origin header, for an image or a script. Following a link is
 * allowed: that is the user's own request.
 */
function isOfOtherPage(headers: IncomingHttpHeaders, method: string): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== 'cross-site' && site !== 'same-site') return false;
  return !(method === 'GET' && headers['sec-fetch-dest'] === 'document');
}

export class Access {
  readonly #keys: readonly (readonly [digest: Buffer, right: Right])[];
  readonly #readOnly: boolean;
  /** Host names that are accepted in the Host header; undefined: any. */
  readonly #names: ReadonlySet<string> | undefined;
  readonly #origins: ReadonlySet<string>;

  constructor({ apiKey, readOnlyApiKey, readOnly, insecure, host, cors }: Settled) {
    this.#keys = [
      ...(apiKey === undefined ? [] : [[digest(apiKey), 'all'] as const]),
      ...(readOnlyApiKey === undefined ? [] : [[digest(readOnlyApiKey), 'reading'] as const]),
    ];
    this.#readOnly = readOnly;
    this.#names = this.#keys.length > 0 || insecure ? undefined : new Set(['localhost', host.toLowerCase()]);
    this.#origins = new Set([cors ?? []].flat());
  }

  /**
   * Refuses requests from web pages of other origins, also from pages under a name that resolves to this server (DNS rebinding).
   * Browsers send the origin of the page; other clients send none.
   *
   * @throws QdrantError 403
   */
  checkOrigin(headers: IncomingHttpHeaders, method: string): void {
    const { host = '', origin } = headers;
    const name = host
      .replace(/:\d*$/, '')
      .replace(/^\[|\]$/g, '')
      .toLowerCase();
    if (this.#names && !this.#names.has(name) && !isIP(name))
      throw new QdrantError(
        403,
        `Forbidden: without an API key only requests for localhost or an IP address are served, not for ${name.slice(0, 100)}. Set a key`,
      );
    if (this.#origins.has('*')) return;
    if (origin === undefined) {
      if (this.#origins.size === 0 && isOfOtherPage(headers, method))
        throw new QdrantError(403, 'Forbidden: requests from other origins are not allowed by cors');
      return;
    }
    if (this.#origins.has(origin)) return;
    if (origin.replace(/^https?:\/\//, '') !== host)
      throw new QdrantError(403, `Forbidden: origin ${origin.slice(0, 100)} is not allowed by cors`);
  }

  /** Checks the key of a request. @throws Unauthorized 401, QdrantError 403 */
  check(headers: IncomingHttpHeaders, path: string, writes: boolean): void {
    const right = OPEN.has(path) ? 'reading' : this.#rightOf(headers);
    if (!writes) return;
    if (right === 'reading') throw new QdrantError(403, 'Forbidden: this key is read-only');
    if (this.#readOnly) throw new QdrantError(403, 'Forbidden: this server is read-only');
  }

  /** Whether a request with these headers, which has been checked, may write. */
  mayWrite(headers: IncomingHttpHeaders): boolean {
    return !this.#readOnly && this.#rightOf(headers) === 'all';
  }

  #rightOf({ 'api-key': key, authorization }: IncomingHttpHeaders): Right {
    if (this.#keys.length === 0) return 'all';
    const given = typeof key === 'string' ? key : BEARER.exec(authorization ?? '')?.[1];
    if (given === undefined)
      throw new Unauthorized('Must provide an API key or an Authorization bearer token');
    const own = digest(given);
    let right: Right | undefined;
    for (const [known, grants] of this.#keys) if (timingSafeEqual(known, own)) right ??= grants;
    if (!right) throw new Unauthorized('Invalid API key or JWT');
    return right;
  }
}
