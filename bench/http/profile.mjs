// @ts-check
// Where the main thread of this process spends its time: samples of V8's profiler, by whose code it is.
import { Session } from 'node:inspector/promises';

const SAMPLE_MICROS = 200;

/**
 * `socket`: calls of the system that write; `json`: JSON.parse and JSON.stringify, with what is around them.
 * @typedef {'socket' | 'json' | 'silt' | 'libraries' | 'node' | 'collector' | 'idle'} Place
 */

/**
 * Code without a file, such as JSON.parse and what schemas are compiled to, is of whoever calls it.
 * @param {{ functionName: string, url: string }} frame @param {Place} caller @returns {Place}
 */
function placeOf({ functionName, url }, caller) {
  if (functionName === '(idle)') return 'idle';
  if (functionName === '(garbage collector)') return 'collector';
  if (url === '') return /^write(v|Utf8String|Latin1String|Buffer)$/.test(functionName) ? 'socket' : caller;
  if (url.endsWith('/http/json.js')) return 'json';
  if (url.includes('/node_modules/')) return 'libraries';
  return url.includes('/dist/') || url.startsWith('wasm:') ? 'silt' : 'node';
}

/** @param {import('node:inspector').Profiler.ProfileNode[]} nodes @returns {Map<number, Place>} */
function placesOf(nodes) {
  const byId = new Map(nodes.map((node) => [node.id, node]));
  /** @type {Map<number, Place>} */
  const places = new Map();
  const put = (/** @type {number} */ id, /** @type {Place} */ caller) => {
    const { callFrame, children = [] } = /** @type {import('node:inspector').Profiler.ProfileNode} */ (
      byId.get(id)
    );
    const place = placeOf(callFrame, caller);
    places.set(id, place);
    for (const child of children) put(child, place);
  };
  const [root] = nodes;
  if (root) put(root.id, 'node');
  return places;
}

/**
 * @param {() => Promise<number>} run how many requests there were
 * @returns {Promise<Record<string, number>>} µs of a request
 */
export async function profiled(run) {
  const session = new Session();
  session.connect();
  await session.post('Profiler.enable');
  await session.post('Profiler.setSamplingInterval', { interval: SAMPLE_MICROS });
  await session.post('Profiler.start');
  const requests = await run();
  const { profile } = await session.post('Profiler.stop');
  session.disconnect();
  const { nodes, samples = [], timeDeltas = [] } = profile;
  const places = placesOf(nodes);
  /** @type {Record<string, number>} */
  const micros = {};
  for (const [i, id] of samples.entries()) {
    const place = /** @type {Place} */ (places.get(id));
    micros[place] = (micros[place] ?? 0) + (timeDeltas[i] ?? 0) / requests;
  }
  delete micros['idle'];
  return micros;
}
