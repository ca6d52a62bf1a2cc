/* A life of LangChain's store on a client of Qdrant: what it answers, in order. */
import { Document } from '@langchain/core/documents';
import { Embeddings } from '@langchain/core/embeddings';
import { QdrantVectorStore } from '@langchain/qdrant';

/** Texts that differ have vectors that differ: how often three letters occur. */
class Letters extends Embeddings {
  async embedQuery(text) {
    return ['a', 'e', 'o'].map((letter) => 1 + text.split(letter).length);
  }

  embedDocuments(texts) {
    return Promise.all(texts.map((text) => this.embedQuery(text)));
  }
}

const TEXTS = ['banana', 'elephant eel', 'oolong', 'avocado', 'papaya and mango', 'beetle'];
const ids = TEXTS.map((_, at) => `00000000-0000-4000-8000-00000000000${at}`);
const rounded = (found) => found.map(([{ id, pageContent }, score]) => [id, pageContent, score.toFixed(4)]);

export async function life(client) {
  const said = [];
  const of = { client, collectionName: 'texts' };
  const store = new QdrantVectorStore(new Letters({}), of);
  await store.ensureCollection();
  const documents = TEXTS.map(
    (pageContent, n) => new Document({ pageContent, metadata: { n, even: n % 2 === 0 } }),
  );
  await store.addDocuments(documents, { ids });
  said.push(
    await client.createPayloadIndex('texts', {
      field_name: 'metadata.n',
      field_schema: 'integer',
      wait: true,
    }),
  );
  said.push(rounded(await store.similaritySearchWithScore('ananas', 3)));
  const filter = { must: [{ key: 'metadata.even', match: { value: true } }] };
  said.push(rounded(await store.similaritySearchWithScore('ananas', 3, filter)));
  const range = { must: [{ key: 'metadata.n', range: { gte: 3 } }] };
  said.push(rounded(await store.similaritySearchWithScore('tee', 10, range)));
  said.push(await store.maxMarginalRelevanceSearch('ananas', { k: 3, fetchK: 6, lambda: 0.5 }));
  await store.delete({ ids: [ids[0]] });
  await store.delete({ filter: range });
  said.push(rounded(await store.similaritySearchWithScore('ananas', 10)));
  const again = await QdrantVectorStore.fromExistingCollection(new Letters({}), of);
  said.push((await again.similaritySearch('oolong', 1)).map(({ pageContent }) => pageContent));
  said.push(await client.deleteCollection('texts'));
  said.push(await again.similaritySearch('oolong', 1).catch(({ message }) => message));
  return said;
}
