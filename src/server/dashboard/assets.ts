/* The files of the page. They stand in a module, compressed, which is loaded when somebody asks for one: a server starts without. */
import { gunzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFound } from '../qdrant/errors.js';

interface Page {
  readonly assets: ReadonlyMap<string, Asset>;
  readonly policy: string;
}

interface Asset {
  readonly type: string;
  readonly tag: string;
  readonly gzip: Buffer;
}

/** Nothing is loaded from another host, no style but the page's own is taken from it, and no page of another origin may frame this one. */
const policyOf = (styleHash: string): string =>
  [
    "default-src 'self'",
    `style-src '${styleHash}'`,
    "img-src 'self' data:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join('; ');

let loaded: Promise<Page> | undefined;

async function load(): Promise<Page> {
  const { ASSETS, STYLE_HASH } = await import('./generated/assets.js');
  const assets = Object.entries(ASSETS).map(
    ([name, { gzip, ...rest }]) => [name, { ...rest, gzip: Buffer.from(gzip, 'base64') }] as const,
  );
  return { assets: new Map(assets), policy: policyOf(STYLE_HASH) };
}

/** @throws QdrantError 404 */
export async function sendAsset(
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  loaded ??= load();
  const { assets, policy } = await loaded;
  const asset = assets.get(name);
  if (!asset) throw notFound(`there is no file ${name.slice(0, 100)} of the dashboard`);
  reply.headers({
    'content-type': asset.type,
    etag: asset.tag,
    'cache-control': 'no-cache',
    'content-security-policy': policy,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === asset.tag) return reply.code(304).send();
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')))
    return reply.send(gunzipSync(asset.gzip));
  return reply.header('content-encoding', 'gzip').send(asset.gzip);
}
