// @ts-check
// A row that was acknowledged is there, whole, after the folder was closed and opened again.
import { isDeepStrictEqual } from 'node:util';
import { idOf, payloadOf } from '../base/points.mjs';
import { random } from '../base/random.mjs';

const SAMPLE = 50; // LanceDB looks through all rows for an id
const LEAST_COSINE = 0.9999; // of those that scale vectors to unit length

/**
 * @param {import('./writers/writers.mjs').Reader} reader
 * @param {Float32Array} rows
 * @param {number} dimension
 * @param {boolean} exact
 */
export async function proveWritten(reader, rows, dimension, exact) {
  const count = rows.length / dimension;
  const there = await reader.count();
  if (there !== count) throw new Error(`${there} rows are there after opening again, of ${count}`);
  const uniform = random(count);
  for (let i = 0; i < Math.min(SAMPLE, count); i++) {
    const row = i === 0 ? count - 1 : Math.floor(uniform() * count);
    const read = await reader.get(idOf(row));
    if (read === undefined) throw new Error(`row ${row} was acknowledged and is not there`);
    const wanted = rows.subarray(row * dimension, (row + 1) * dimension);
    const right = exact ? isDeepStrictEqual(read.vector, wanted) : cosine(read.vector, wanted) > LEAST_COSINE;
    if (!right) throw new Error(`row ${row} came back with another vector`);
    if (!isDeepStrictEqual(read.payload, payloadOf(row)))
      throw new Error(`row ${row} came back with payload ${JSON.stringify(read.payload)}`);
  }
  await reader.close();
}

/** @param {Float32Array} a @param {Float32Array} b */
function cosine(a, b) {
  const dot = (/** @type {Float32Array} */ x, /** @type {Float32Array} */ y) =>
    x.reduce((sum, value, i) => sum + value * Number(y[i]), 0);
  return dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
}
