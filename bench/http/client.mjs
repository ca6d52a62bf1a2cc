// @ts-check
// The process that asks over HTTP, so that what asking costs is not counted as the server's.
import { serve } from '../base/child.mjs';
import { timed } from './callers.mjs';
import { Connection, requestOf } from './connection.mjs';

/** @typedef {{ method: string, path: string, bodies: object[] }} Requests */

/** @type {Connection[]} */
let connections = [];
/** @type {Buffer[]} */
let requests = [];

serve({
  prepare(/** @type {Requests} */ { method, path, bodies }) {
    requests = bodies.map((body) => requestOf(method, path, body));
  },

  async connect(/** @type {{ port: number, count: number }} */ { port, count }) {
    for (const connection of connections) connection.end();
    connections = [];
    // A hundred at a time: the queue of a listening socket is bounded.
    while (connections.length < count) {
      const some = Math.min(100, count - connections.length);
      connections.push(...(await Promise.all(Array.from({ length: some }, () => Connection.to(port)))));
    }
  },

  async run(/** @type {{ least: number, minMs: number }} */ { least, minMs }) {
    const ask = (/** @type {number} */ caller, /** @type {number} */ call) =>
      /** @type {Connection} */ (connections[caller]).ask(
        /** @type {Buffer} */ (requests[call % requests.length]),
      );
    return timed(connections.length, least, minMs, ask);
  },

  /** One request by each. @returns {Promise<string>} the answer to the last */
  async once() {
    /** @type {Buffer} */
    let last = Buffer.alloc(0);
    for (const connection of connections) last = await connection.ask(/** @type {Buffer} */ (requests[0]));
    return last.toString();
  },
});
