/* Bytes to a server, and what came back until it closed the connection. */
import { connect, type Socket } from 'node:net';

export function raw(port: number, ...pieces: readonly (string | Uint8Array)[]): Promise<string> {
  return talk(port, async (socket) => {
    for (const piece of pieces) socket.write(piece);
  });
}

/** Errors are ends: a server that cuts a connection may do so while it is written to. */
export function talk(port: number, run: (socket: Socket) => Promise<void>): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    const chunks: Buffer[] = [];
    socket.on('data', (chunk) => chunks.push(chunk));
    socket.on('error', () => {});
    socket.on('close', () => resolve(Buffer.concat(chunks).toString()));
    socket.on('connect', () => run(socket).catch(reject));
  });
}
