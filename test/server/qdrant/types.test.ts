/* The types are those of Qdrant's own client: what holds here holds at compile time, by `tsc`. */
import type { QdrantClient as Official } from '@qdrant/js-client-rest';
import type { QdrantClient as Older } from 'qdrant-js-client-1-17';
import { expect, test } from 'vitest';
import { QdrantClient } from '#silt/server/qdrant/index.js';

/** All that the class has for others but the generated API below it. Private members are in no `keyof`. */
type Face<C> = Pick<C, Exclude<keyof C, 'api'>>;

/** Methods take what Qdrant's take, and give what those give. */
const asOfficial = (client: QdrantClient): Face<Official> => client;

type OnlyOlder = Exclude<keyof Older, keyof Official>;
type Given<C, M extends keyof C> = C[M] extends (...given: never) => infer R ? R : never;
/** Of its methods that went: what they give. What they take has conditions that 1.17 did not know. */
const asOlder = (client: QdrantClient): { [M in OnlyOlder]: (...given: never) => Given<Older, M> } => client;

/** Whoever moves to a server later changes one line: what is called here is called there. */
type Called<C, M extends keyof C> = C[M] extends (...given: infer A) => Promise<infer R> ? [A, R] : never;
type Moved<M extends keyof Face<Official> & keyof QdrantClient> = Called<QdrantClient, M>[0] extends Called<
  Official,
  M
>[0]
  ? true
  : M;
const moves: {
  [M in
    | 'query'
    | 'queryBatch'
    | 'queryGroups'
    | 'scroll'
    | 'count'
    | 'retrieve'
    | 'upsert'
    | 'delete'
    | 'setPayload'
    | 'overwritePayload'
    | 'deletePayload'
    | 'clearPayload'
    | 'batchUpdate'
    | 'updateVectors'
    | 'deleteVectors'
    | 'facet'
    | 'searchMatrixPairs'
    | 'searchMatrixOffsets'
    | 'createCollection'
    | 'updateCollection'
    | 'deleteCollection'
    | 'createPayloadIndex'
    | 'deletePayloadIndex'
    | 'updateCollectionAliases'
    | 'createVectorName']: Moved<M>;
} = {
  query: true,
  queryBatch: true,
  queryGroups: true,
  scroll: true,
  count: true,
  retrieve: true,
  upsert: true,
  delete: true,
  setPayload: true,
  overwritePayload: true,
  deletePayload: true,
  clearPayload: true,
  batchUpdate: true,
  updateVectors: true,
  deleteVectors: true,
  facet: true,
  searchMatrixPairs: true,
  searchMatrixOffsets: true,
  createCollection: true,
  updateCollection: true,
  deleteCollection: true,
  createPayloadIndex: true,
  deletePayloadIndex: true,
  updateCollectionAliases: true,
  createVectorName: true,
};

test('the client is one of Qdrant’s, of 1.19 and of 1.17, but for the generated API below', async () => {
  await using client = new QdrantClient({ location: ':memory:' });
  const [official, older] = [asOfficial(client), asOlder(client)];
  const { Official: current, Older: before } = await classes();
  const methods = [...new Set([...methodsOf(current), ...methodsOf(before)])].filter(
    (name) => name !== 'api',
  );
  expect(methods.length).toBeGreaterThan(60);
  for (const name of methods) {
    expect(typeof (official as never)[name], name).toBe('function');
    expect(typeof (older as never)[name], name).toBe('function');
  }
  expect(Object.values(moves).every((moved) => moved === true)).toBe(true);
});

async function classes(): Promise<Record<'Official' | 'Older', object>> {
  const [{ QdrantClient: Official }, { QdrantClient: Older }] = await Promise.all([
    import('@qdrant/js-client-rest'),
    import('qdrant-js-client-1-17'),
  ]);
  return { Official: Official.prototype, Older: Older.prototype };
}

const methodsOf = (prototype: object): string[] =>
  Object.getOwnPropertyNames(prototype).filter((name) => name !== 'constructor' && !name.startsWith('_'));
