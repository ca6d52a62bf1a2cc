/*
 * Copies a collection from one server to another, by requests that any Qdrant server has: configuration, points page by page,
 * payload indexes, then counts and samples of both sides are compared. Points are written under their ids, so that a page that
 * is written twice is there once.
 */
import { isDeepStrictEqual } from 'node:util';
import { stringify } from '../../server/http/json.js';
import { CommandError } from '../frame/exits.js';
import { points } from '../frame/values.js';
import { CopyError, type Remote } from './remote.js';
import type { State } from './state.js';

/** Bytes of a page, about: servers take 32 MiB. */
const PAGE_BYTES = 8 * 1024 ** 2;
const FIRST_PAGE = 16;
const SAMPLE = 200;

interface Info {
  readonly points_count: number;
  readonly config: {
    readonly params: {
      readonly vectors?: object;
      readonly sparse_vectors?: object;
      readonly on_disk_payload?: boolean;
    };
    readonly hnsw_config: { readonly m: number; readonly ef_construct: number };
  };
  readonly payload_schema: Readonly<
    Record<string, { readonly data_type: string; readonly params?: object | null }>
  >;
}

interface Point {
  readonly id: unknown;
  readonly payload?: object | null;
  readonly vector?: unknown;
}

export interface CopyOptions {
  readonly from: Remote;
  readonly to: Remote;
  readonly state: State;
  /** Points of a page at most. */
  readonly batch: number;
  readonly overwrite: boolean;
  /** Told after each page. */
  progress(collection: string, points: number, total: number): void;
}

/** Both sides were copied, and are not the same. */
class Difference extends CopyError {}

const of = (collection: string): string => `/collections/${encodeURIComponent(collection)}`;

async function exists(remote: Remote, collection: string): Promise<boolean> {
  return (await remote.ask<{ exists: boolean }>('GET', `${of(collection)}/exists`)).exists;
}

/** What there is to go on with: who asks to replace a collection goes on with a copy that did so, and with no other. */
function begun({ state, overwrite }: CopyOptions, collection: string): boolean {
  const reached = state.of(collection);
  return reached !== undefined && (!overwrite || reached.overwrites);
}

/** @throws where a collection is in the way */
export async function checkTarget(o: CopyOptions, collections: readonly string[]): Promise<void> {
  for (const collection of collections)
    if (!o.overwrite && !begun(o, collection) && (await exists(o.to, collection)))
      throw new CommandError(
        'EXISTS',
        `${o.to.name} has a collection "${collection}" already. Use --overwrite to replace it, or copy others with --collection`,
      );
}

/**
 * Makes the collection, and notes first that this copy does: what was cut short between goes on, as long as there is no page, by making it
 * again, or by taking it as made.
 */
async function make(o: CopyOptions, collection: string): Promise<Info> {
  const { from, to, state } = o;
  const info = await from.ask<Info>('GET', of(collection));
  const before = begun(o, collection) ? state.of(collection) : undefined;
  if (before && before.offset !== undefined) return info;
  const { params, hnsw_config } = info.config;
  const { vectors, sparse_vectors, on_disk_payload } = params;
  const overwrites = before?.overwrites ?? o.overwrite;
  state.set(collection, { offset: undefined, points: 0, sample: [], overwrites });
  if (overwrites) await to.ask('DELETE', of(collection));
  const made = {
    vectors,
    ...(sparse_vectors && { sparse_vectors }),
    ...(on_disk_payload !== undefined && { on_disk_payload }),
    hnsw_config: { m: hnsw_config.m, ef_construct: hnsw_config.ef_construct },
  };
  await to.create(of(collection), made, before !== undefined);
  return info;
}

async function copyPoints(o: CopyOptions, collection: string, total: number): Promise<void> {
  const { from, to, state, batch } = o;
  let limit = Math.min(FIRST_PAGE, batch);
  for (;;) {
    const reached = state.of(collection)!;
    if (reached.offset === null) return;
    const { points, next_page_offset } = await from.ask<{ points: Point[]; next_page_offset: unknown }>(
      'POST',
      `${of(collection)}/points/scroll`,
      {
        limit,
        with_payload: true,
        with_vector: true,
        ...(reached.offset !== undefined && { offset: reached.offset }),
      },
    );
    await write(to, collection, points);
    const sample = points.length > 0 && reached.sample.length < SAMPLE ? [points[0]!.id] : [];
    const done = reached.points + points.length;
    state.set(collection, {
      offset: next_page_offset ?? null,
      points: done,
      sample: [...reached.sample, ...sample],
      overwrites: reached.overwrites,
    });
    o.progress(collection, done, total);
    const each = stringify(points.slice(0, 8)).length / Math.min(8, points.length || 1);
    limit = Math.max(1, Math.min(batch, 4 * limit, Math.floor(PAGE_BYTES / each)));
  }
}

async function write(to: Remote, collection: string, points: readonly Point[]): Promise<void> {
  if (points.length === 0) return;
  if (points.length > 1 && stringify(points).length > 2 * PAGE_BYTES) {
    const half = points.length >> 1;
    await write(to, collection, points.slice(0, half));
    return write(to, collection, points.slice(half));
  }
  const given = points.map(({ id, payload, vector }) => ({
    id,
    vector: vector ?? {},
    ...(payload && { payload }),
  }));
  await to.ask('PUT', `${of(collection)}/points?wait=true`, { points: given });
}

async function makeIndexes({ to }: CopyOptions, collection: string, { payload_schema }: Info): Promise<void> {
  for (const [field_name, { data_type, params }] of Object.entries(payload_schema))
    await to.ask('PUT', `${of(collection)}/index?wait=true`, {
      field_name,
      field_schema: params ?? data_type,
    });
}

/** Numbers are float32 on both sides, and cosine vectors may be scaled again. */
function alike(a: unknown, b: unknown): boolean {
  if (typeof a === 'number' && typeof b === 'number')
    return Math.abs(a - b) <= 1e-4 * Math.max(1, Math.abs(a));
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return Object.is(a, b);
  const keys = Object.keys(a);
  const [one, other] = [a as Record<string, unknown>, b as Record<string, unknown>];
  return keys.length === Object.keys(b).length && keys.every((key) => alike(one[key], other[key]));
}

const byId = (points: readonly Point[]): Map<string, Point> =>
  new Map(points.map((point) => [String(point.id), point]));

async function check({ from, to, state }: CopyOptions, collection: string): Promise<void> {
  const count = async (remote: Remote): Promise<number> =>
    (await remote.ask<{ count: number }>('POST', `${of(collection)}/points/count`, { exact: true })).count;
  const [here, there] = [await count(from), await count(to)];
  if (here !== there)
    throw new Difference(
      `"${collection}" has ${points(here)} at ${from.name} and ${there} at ${to.name}: points were written there meanwhile. Copy it again with --overwrite`,
    );
  const { sample } = state.of(collection)!;
  for (let at = 0; at < sample.length; at += 20) {
    const asked = { ids: sample.slice(at, at + 20), with_payload: true, with_vector: true };
    const [a, b] = [
      byId(await from.ask<Point[]>('POST', `${of(collection)}/points`, asked)),
      byId(await to.ask<Point[]>('POST', `${of(collection)}/points`, asked)),
    ];
    for (const [id, { payload, vector }] of a) {
      const other = b.get(id);
      if (isDeepStrictEqual(payload ?? {}, other?.payload ?? {}) && alike(vector ?? {}, other?.vector ?? {}))
        continue;
      throw new Difference(
        `point ${id} of "${collection}" is not the same at ${from.name} and ${to.name}: it was changed there meanwhile. Copy it again with --overwrite`,
      );
    }
  }
}

/** Copies a collection, or goes on with it. Returns how many points it has. */
export async function copyCollection(o: CopyOptions, collection: string): Promise<number> {
  const info = await make(o, collection);
  await copyPoints(o, collection, info.points_count);
  await makeIndexes(o, collection, info);
  const { points } = o.state.of(collection)!;
  try {
    await check(o, collection);
  } catch (error) {
    // What is not the same is not gone on with.
    if (error instanceof Difference) o.state.drop(collection);
    throw error;
  }
  return points;
}
