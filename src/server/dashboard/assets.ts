/* The files of the page. They stand in a module, compressed, which is loaded when somebody asks for one: a server starts without. */
import { gunzipSync } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { notFound } from '../qdrant/errors.js';

interface Asset {
  readonly type: string;
  readonly tag: string;
  readonly gzip: Buffer;
}

/** Nothing is loaded from another host, and no page of another origin may frame this one. */
const POLICY = [
  "default-src 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

let loaded: Promise<ReadonlyMap<string, Asset>> | undefined;

async function load(): Promise<ReadonlyMap<string, Asset>> {
  const { ASSETS } = await import('./generated/assets.js');
  return new Map(
    Object.entries(ASSETS).map(([name, { gzip, ...rest }]) => [
      name,
      { ...rest, gzip: Buffer.from(gzip, 'base64') },
    ]),
  );
}

/** @throws QdrantError 404 */
export async function sendAsset(
  name: string,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  loaded ??= load();
  const asset = (await loaded).get(name);
  if (!asset) throw notFound(`there is no file ${name.slice(0, 100)} of the dashboard`);
  reply.headers({
    'content-type': asset.type,
    etag: asset.tag,
    'cache-control': 'no-cache',
    'content-security-policy': POLICY,
    'referrer-policy': 'no-referrer',
    'x-content-type-options': 'nosniff',
    vary: 'accept-encoding',
  });
  if (request.headers['if-none-match'] === asset.tag) return reply.code(304).send();
  if (!/\bgzip\b/.test(String(request.headers['accept-encoding'] ?? '')))
    return reply.send(gunzipSync(asset.gzip));
  return reply.header('content-encoding', 'gzip').send(asset.gzip);
}
