/*
 * The interfaces can be implemented by others: here by a client that knows a collection through messages alone, as one
 * over HTTP would, and by a mock of what a test needs.
 */
import { expect, expectTypeOf, test, vi } from 'vitest';
import type * as silt from '#silt/index.js';
import { type Collection, type Hit, open, type Payload, type StoredPoint } from '#silt/index.js';
import { PAUSED } from '../support/databases.js';

/** Carries calls elsewhere; what comes back is a copy. */
type Send = <T>(call: string, ...args: unknown[]) => Promise<T>;

class Client<P extends object = Payload> implements Collection<P> {
  readonly name: string;
  readonly config: silt.ResolvedConfig;
  readonly #send: Send;
  readonly #status: silt.CollectionStatus;

  constructor(info: silt.CollectionInfo, status: silt.CollectionStatus, send: Send) {
    this.name = info.name;
    this.config = info.config;
    this.#status = status;
    this.#send = send;
  }

  upsert(
    points: silt.Point<P> | readonly silt.Point<P>[],
    o?: silt.UpsertOptions<P>,
  ): Promise<silt.WriteReceipt> {
    return this.#send('upsert', points, o);
  }
  delete(which: silt.PointSelector<P>, o?: silt.WriteOptions): Promise<silt.WriteReceipt> {
    return this.#send('delete', which, o);
  }
  setPayload(
    which: silt.PointSelector<P>,
    payload: object,
    o?: silt.SetPayloadOptions,
  ): Promise<silt.WriteReceipt> {
    return this.#send('setPayload', which, payload, o);
  }
  overwritePayload(
    which: silt.PointSelector<P>,
    payload: silt.PayloadInput<P>,
    o?: silt.WriteOptions,
  ): Promise<silt.WriteReceipt> {
    return this.#send('overwritePayload', which, payload, o);
  }
  deletePayload(
    which: silt.PointSelector<P>,
    paths: readonly string[],
    o?: silt.WriteOptions,
  ): Promise<silt.WriteReceipt> {
    return this.#send('deletePayload', which, paths, o);
  }
  clearPayload(which: silt.PointSelector<P>, o?: silt.WriteOptions): Promise<silt.WriteReceipt> {
    return this.#send('clearPayload', which, o);
  }
  updateVectors(
    points: silt.VectorUpdate | readonly silt.VectorUpdate[],
    o?: silt.UpdateVectorsOptions<P>,
  ): Promise<silt.WriteReceipt> {
    return this.#send('updateVectors', points, o);
  }
  deleteVectors(
    which: silt.PointSelector<P>,
    fields: readonly string[],
    o?: silt.WriteOptions,
  ): Promise<silt.WriteReceipt> {
    return this.#send('deleteVectors', which, fields, o);
  }
  batch(operations: readonly silt.Operation<P>[], o?: silt.BatchOptions): Promise<silt.WriteReceipt> {
    return this.#send('batch', operations, o);
  }
  ingest(points: silt.PointSource<P>, o?: silt.IngestOptions): Promise<silt.IngestSummary> {
    return this.#send('ingest', points, o);
  }
  get(id: silt.PointId): Promise<StoredPoint<P, true, true> | undefined> {
    return this.#send('get', id);
  }
  getMany(ids: readonly silt.PointId[]): Promise<(StoredPoint<P, true, true> | undefined)[]> {
    return this.#send('getMany', ids);
  }
  has(id: silt.PointId): Promise<boolean> {
    return this.#send('has', id);
  }
  async *scroll<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    o?: silt.ScrollOptions<P, W, V>,
  ): AsyncIterable<StoredPoint<P, W, V>> {
    yield* await this.#send<StoredPoint<P, W, V>[]>('scroll', o);
  }
  scrollPage<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    o?: silt.ScrollPageOptions<P, W, V>,
  ): Promise<silt.ScrollPage<P, W, V>> {
    return this.#send('scrollPage', o);
  }
  count(o?: silt.CountOptions<P>): Promise<number> {
    return this.#send('count', o);
  }
  search<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    query: silt.QueryLike,
    o?: silt.SearchOptions<P, W, V>,
  ): Promise<Hit<P, W, V>[]> {
    return this.#send('search', query, o);
  }
  searchBatch<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    queries: readonly silt.QueryLike[],
    o?: silt.SearchOptions<P, W, V>,
  ): Promise<Hit<P, W, V>[][]> {
    return this.#send('searchBatch', queries, o);
  }
  query<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    request: silt.Query<P, W, V>,
  ): Promise<silt.Hit<P, W, V>[]> {
    return this.#send('query', request);
  }
  queryBatch<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    requests: readonly silt.Query<P, W, V>[],
  ): Promise<silt.Hit<P, W, V>[][]> {
    return this.#send('queryBatch', requests);
  }
  queryGroups<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    request: silt.GroupsQuery<P, W, V>,
  ): Promise<silt.Group<P, W, V>[]> {
    return this.#send('queryGroups', request);
  }
  facet(key: string, o?: silt.FacetOptions<P>): Promise<silt.FacetCount[]> {
    return this.#send('facet', key, o);
  }
  distanceMatrix(o?: silt.MatrixOptions<P>): Promise<silt.DistancePair[]> {
    return this.#send('distanceMatrix', o);
  }
  explain<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    request: silt.Query<P, W, V>,
  ): Promise<silt.Explanation<P, W, V>>;
  explain<W extends silt.PayloadChoice = true, V extends silt.VectorChoice = false>(
    query: silt.QueryLike,
    o?: silt.SearchOptions<P, W, V>,
  ): Promise<silt.SearchReport<P, W, V>>;
  explain(query: unknown, o?: unknown): Promise<never> {
    return this.#send('explain', query, o);
  }
  waitFor(seq: number, stage: silt.Stage, o?: silt.WaitOptions): Promise<void> {
    return this.#send('waitFor', seq, stage, o);
  }
  buildNow(o?: silt.BuildNowOptions): Promise<silt.BuildReport> {
    return this.#send('buildNow', o);
  }
  pauseIndexing(): void {}
  resumeIndexing(): void {}
  status(): silt.CollectionStatus {
    return this.#status;
  }
  async *watch(): AsyncIterable<silt.CollectionStatus> {
    yield this.#status;
  }
  measureRecall(o?: silt.RecallOptions): Promise<silt.RecallReport> {
    return this.#send('measureRecall', o);
  }
  verify(o?: silt.CollectionVerifyOptions): Promise<silt.CollectionVerifyReport> {
    return this.#send('verify', o);
  }
  compact(): Promise<silt.CompactReport> {
    return this.#send('compact');
  }
  createPayloadIndex(path: string, kind: silt.IndexKind): Promise<void> {
    return this.#send('createPayloadIndex', path, kind);
  }
  dropPayloadIndex(path: string): Promise<boolean> {
    return this.#send('dropPayloadIndex', path);
  }
  async createField(name: string, field: silt.NewField): Promise<silt.Collection<P>> {
    await this.#send('createField', name, field);
    return this;
  }
  dropField(name: string): Promise<boolean> {
    return this.#send('dropField', name);
  }
  info(): silt.CollectionInfo {
    throw new Error('not known here');
  }
}

interface Word {
  text: string;
}

/** An application's function: it does not ask where the collection is. */
async function nearestWord(words: Collection<Word>, query: number[]): Promise<string | undefined> {
  const [hit] = await words.search(query, {
    k: 1,
    filter: { must: { key: 'text', match: { contains: 'o' } } },
  });
  expectTypeOf(hit!.payload).toEqualTypeOf<Word | undefined>();
  return hit?.payload?.text;
}

test('a client that is not a collection of this process can be given where a Collection is asked for', async () => {
  await using db = await open();
  const local = await db.createCollection<Word>('words', { ...PAUSED, dimension: 2 });
  const send = (async (call: keyof Collection, ...args: unknown[]) => {
    const answer = await (local[call] as (...all: unknown[]) => unknown)(...structuredClone(args));
    return structuredClone(answer);
  }) as Send;
  const client = new Client<Word>(local.info(), local.status(), send);
  await client.upsert([
    { id: 1, vector: [1, 0], payload: { text: 'one' } },
    { id: 2, vector: [0.9, 0.1], payload: { text: 'three' } },
  ]);
  expect(await nearestWord(client, [0.9, 0.1])).toBe('one');
  expect(await nearestWord(local, [0.9, 0.1])).toBe('one');
  expect((await client.get(2))?.payload).toEqual({ text: 'three' });
});

test('a mock has only what a test needs', async () => {
  const mock: Pick<Collection<Word>, 'search' | 'count'> = {
    search: async () => [
      { id: 1, score: 1, payload: { text: 'foo' }, vector: Float32Array.of(1, 0) as never },
    ],
    count: vi.fn(async () => 3),
  };
  expect(await nearestWord(mock as Collection<Word>, [1, 0])).toBe('foo');
  expect(await mock.count()).toBe(3);
});
