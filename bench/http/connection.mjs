// @ts-check
// One connection by HTTP/1.1 that costs its process little: requests are bytes made beforehand, and of responses the head alone
// is looked at.
import { once } from 'node:events';
import { connect } from 'node:net';

const END = Buffer.from('\r\n\r\n');

/** @param {string} method @param {string} path @param {object} [body] */
export function requestOf(method, path, body) {
  const text = body === undefined ? '' : JSON.stringify(body);
  const head = [
    `${method} ${path} HTTP/1.1`,
    'host: localhost',
    ...(text && ['content-type: application/json', `content-length: ${Buffer.byteLength(text)}`]),
  ];
  return Buffer.from(`${head.join('\r\n')}\r\n\r\n${text}`);
}

export class Connection {
  #socket;
  /** @type {Buffer} */
  #got = Buffer.alloc(0);
  /** @type {{ resolve(body: Buffer): void, reject(error: Error): void } | null} */
  #waiting = null;

  /** @param {number} port */
  static async to(port) {
    const connection = new Connection(connect(port, '127.0.0.1'));
    await once(connection.#socket, 'connect');
    return connection;
  }

  /** @param {import('node:net').Socket} socket */
  constructor(socket) {
    this.#socket = socket;
    socket.setNoDelay(true);
    socket.on('data', (piece) => this.#take(piece));
    socket.on('error', (error) => this.#waiting?.reject(error));
    socket.on('close', () => this.#waiting?.reject(new Error('the server closed the connection')));
  }

  /** @param {Buffer} request @returns {Promise<Buffer>} the body */
  ask(request) {
    return new Promise((resolve, reject) => {
      this.#waiting = { resolve, reject };
      this.#socket.write(request);
    });
  }

  end() {
    this.#socket.destroy();
  }

  /** @param {Buffer} piece */
  #take(piece) {
    this.#got = this.#got.length === 0 ? piece : Buffer.concat([this.#got, piece]);
    const end = this.#got.indexOf(END);
    if (end < 0) return;
    const head = this.#got.toString('latin1', 0, end);
    const length = Number(/content-length: (\d+)/i.exec(head)?.[1]);
    if (this.#got.length < end + 4 + length) return;
    const body = this.#got.subarray(end + 4, end + 4 + length);
    this.#got = this.#got.subarray(end + 4 + length);
    const waiting = this.#waiting;
    this.#waiting = null;
    if (head.startsWith('HTTP/1.1 200 ')) waiting?.resolve(body);
    else waiting?.reject(new Error(`${head.split('\r\n', 1)[0]}: ${body.toString().slice(0, 200)}`));
  }
}
