// @ts-check
// Silt with nothing set: not at the making, not in a search. Payload indexes are made when all rows are there.
import { idOf } from '../../base/points.mjs';
import { silt } from '../../base/silt.mjs';
import { payloadOf } from '../columns.mjs';
import { asGrammar, FIELDS } from '../filters.mjs';

const REPORT = 1000; // rows

/** @typedef {{ query: Float32Array, options: { k: number, filter?: object } }} Request */

/**
 * @typedef {import('./engines.mjs').Engine<Request, import('../../base/silt.mjs').Hit[]> & {
 *   collection: import('../../base/silt.mjs').Collection, rowOf: (id: unknown) => number,
 *   plan: (request: Request) => Promise<string>, count: (request: Request) => Promise<number> }} SiltEngine
 */

/**
 * @param {import('./engines.mjs').Setup} setup
 * @returns {Promise<SiltEngine>}
 */
export async function open({ metric, dimension, k, folder }) {
  const { open: openSilt } = await silt();
  const db = await openSilt(folder);
  const collection = await db.createCollection('words', { dimension, metric });
  /** @type {Map<unknown, number>} */
  const rowOfId = new Map();
  const rowOf = (/** @type {unknown} */ id) => rowOfId.get(id) ?? -1;
  return {
    collection,
    rowOf,
    settings: 'defaults; payload indexes',
    efforts: ['default ef'],
    setEffort: () => {},
    async build(rows, columns, report) {
      const count = rows.length / dimension;
      await collection.ingest(
        (function* () {
          for (let row = 0; row < count; row++) {
            rowOfId.set(idOf(row), row);
            const vector = rows.subarray(row * dimension, (row + 1) * dimension);
            yield { id: idOf(row), vector, payload: payloadOf(columns, row) };
            if (row % REPORT === 0) report(row);
          }
        })(),
      );
      await collection.buildNow();
    },
    async index() {
      for (const [field, type] of Object.entries(FIELDS)) await collection.createPayloadIndex(field, type);
    },
    request: (query, filter) => ({ query, options: { k, ...(filter && { filter: asGrammar(filter) }) } }),
    search: ({ query, options }) => collection.search(query, options),
    rowsOf: (hits) => hits.map(({ id }) => rowOf(id)),
    plan: async ({ query, options }) => (await collection.explain(query, options)).plan,
    count: ({ options: { filter } }) => collection.count(filter && { filter }),
    close: () => db.close(),
  };
}
