// @ts-check
// A server of its own process, with some words in it, into which another process streams many more.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { scratchPath } from '../data/scratch.mjs';
import { Connection, requestOf } from '../http/connection.mjs';

const SILT = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const NAME = 'words';
const BATCH = 500;
/** @typedef {import('../data/datasets.mjs').Dataset} Dataset */

/** @param {Dataset} data @param {number} from @param {number} to */
function bodyOf({ rows, dimension, origin }, from, to) {
  const points = Array.from({ length: to - from }, (_, i) => {
    const id = from + i;
    const word = origin?.words[id] ?? `word ${id}`;
    const vector = Array.from(rows.subarray(id * dimension, (id + 1) * dimension));
    return { id, vector, payload: { word, letters: word.length, kind: `${id % 4}` } };
  });
  return { points };
}

/** @param {Dataset} data @param {number} from @param {number} to */
function bodiesOf(data, from, to) {
  const bodies = [];
  for (let at = from; at < to; at += BATCH) bodies.push(bodyOf(data, at, Math.min(at + BATCH, to)));
  return bodies;
}

/** @param {string} url @param {string} method @param {object} [body] */
async function ask(url, method, body) {
  const response = await fetch(url, {
    method,
    ...(body && { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${method} ${url}: ${response.status} ${await response.text()}`);
  return (await response.json()).result;
}

/**
 * @param {Dataset} data
 * @param {number} first words that are there, and linked, before the others come
 */
export async function wordsServer(data, first) {
  const folder = scratchPath(`dashboard-${process.hrtime.bigint()}`);
  const child = spawn(process.execPath, [SILT, 'serve', '--path', folder, '--port', '0', '--json'], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const last = () => child.kill('SIGKILL');
  process.once('exit', last);
  const [line] = await once(child.stdout, 'data');
  const { url } = JSON.parse(String(line));
  const collection = `/collections/${NAME}`;
  const points = `${collection}/points?wait=true`;
  await ask(url + collection, 'PUT', { vectors: { size: data.dimension, distance: 'Cosine' } });
  for (const body of bodiesOf(data, 0, first)) await ask(url + points, 'PUT', body);
  while ((await ask(url + collection, 'GET')).status !== 'green') await sleep(100);
  // Bytes made beforehand: sending them costs little of the machine that all share.
  const requests = bodiesOf(data, first, data.rowCount).map((body) => requestOf('PUT', points, body));
  const connection = await Connection.to(Number(new URL(url).port));
  return {
    url: String(url),
    /** The other words, as fast as they are taken, or slower. @param {number} [perSecond] */
    async stream(perSecond = Number.POSITIVE_INFINITY) {
      const began = performance.now();
      for (const [at, request] of requests.entries()) {
        const due = began + (1_000 * BATCH * at) / perSecond;
        if (performance.now() < due) await sleep(due - performance.now());
        await connection.ask(request);
      }
      return (performance.now() - began) / 1_000;
    },
    async close() {
      connection.end();
      process.off('exit', last);
      child.kill('SIGKILL');
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
