/* A life of Mastra's store on a client of Qdrant: what it answers, in order. */
import { QdrantVector } from '@mastra/qdrant';

/** Mastra makes a client of its own; another does as well. */
export class Vectors extends QdrantVector {
  constructor(client) {
    super({ id: 'vectors', url: 'http://localhost', checkCompatibility: false });
    this.client = client;
  }
}

const indexName = 'memories';
const rounded = (found) => found.map(({ score, ...others }) => ({ ...others, score: score.toFixed(4) }));
const failure = (error) => [error.id, error.message.slice(0, 60)];

export async function life(client) {
  const said = [];
  const store = new Vectors(client);
  await store.createIndex({ indexName, dimension: 3, metric: 'cosine' });
  await store.createIndex({ indexName, dimension: 3, metric: 'cosine' });
  said.push(await store.createIndex({ indexName, dimension: 4, metric: 'cosine' }).catch(failure));
  said.push(await store.listIndexes(), await store.describeIndex({ indexName }));
  const vectors = [1, 2, 3, 4, 5].map((n) => [n, 1, 0.5]);
  const metadata = [1, 2, 3, 4, 5].map((n) => ({
    n,
    tags: ['a', `t${n}`],
    of: { kind: n % 2 ? 'odd' : 'even' },
  }));
  const ids = [1, 2, 3, 4, 5].map((n) => `00000000-0000-4000-8000-00000000000${n}`);
  said.push(await store.upsert({ indexName, vectors, metadata, ids }));
  await store.createPayloadIndex({ indexName, fieldName: 'n', fieldSchema: 'integer' });
  const query = async (filter, more) =>
    said.push(rounded(await store.query({ indexName, queryVector: [0, 1, 1], topK: 4, filter, ...more })));
  await query();
  await query({}, { includeVector: true });
  await query({ n: { $gte: 2, $lt: 5 } });
  await query({ $and: [{ 'of.kind': 'odd' }, { $not: { n: 3 } }] });
  await query({ tags: { $in: ['t2', 't5'] } });
  await store.updateVector({ indexName, id: ids[0], update: { vector: [0, 1, 1], metadata: { n: 9 } } });
  await query({ n: 9 });
  await store.deleteVector({ indexName, id: ids[0] });
  await store.deleteVectors({ indexName, filter: { n: { $gt: 3 } } });
  await query();
  said.push(await store.describeIndex({ indexName }));
  await store.deletePayloadIndex({ indexName, fieldName: 'n' });
  said.push(await store.deleteVector({ indexName, id: 'no id' }).catch(failure));
  await store.deleteIndex({ indexName });
  said.push(await store.listIndexes(), await store.describeIndex({ indexName }).catch(failure));
  return said;
}
