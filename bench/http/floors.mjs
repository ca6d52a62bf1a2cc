// @ts-check
// What a request costs on this machine at least: servers that parse the same bodies and send the same answer, and do nothing else.
import { createServer } from 'node:http';
import fastify from 'fastify';

/** @typedef {{ readonly port: number, close(): Promise<unknown> }} Floor */

/** @param {object} answer @returns {Promise<Floor>} */
export async function bareNode(answer) {
  const server = createServer((request, response) => {
    /** @type {Buffer[]} */
    const pieces = [];
    request.on('data', (piece) => pieces.push(piece));
    request.on('end', () => {
      JSON.parse(Buffer.concat(pieces).toString());
      const text = JSON.stringify(answer);
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) };
      response.writeHead(200, headers).end(text);
    });
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)));
  const close = async () => {
    server.closeAllConnections();
    server.close();
  };
  return { port: portOf(server), close };
}

/** @param {object} answer @returns {Promise<Floor>} */
export async function bareFastify(answer) {
  const app = fastify({ forceCloseConnections: true });
  app.post('/*', (_, reply) => reply.send(answer));
  await app.listen({ host: '127.0.0.1', port: 0 });
  return { port: portOf(app.server), close: () => app.close() };
}

/** @param {import('node:http').Server} server */
const portOf = (server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port;
