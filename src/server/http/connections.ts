/*
 * The requests in progress of each connection. Node tells a response that its connection has closed only where its turn has come: of
 * requests that a client has sent one behind the other (pipelining), the responses behind the first would never end.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** The first request, until it has ended. */
  first: IncomingMessage | undefined;
  /**
   * Told when the connection closes. No Set: a table that one has outgrown leads to the next, and the collector of young objects takes
   * for live what old ones lead to, so that the tables of all requests would be kept until a full collection.
   */
  readonly listeners: (() => void)[];
}

const connections = new WeakMap<Socket, Connection>();

function opened(request: IncomingMessage): Connection {
  const connection: Connection = { first: request, listeners: [] };
  connections.set(request.socket, connection);
  request.socket.once('close', () => {
    for (const listener of [...connection.listeners]) listener();
  });
  return connection;
}

/** Calls `listener` once, when a response or its connection has ended. */
export function onEnded(request: IncomingMessage, response: ServerResponse, listener: () => void): void {
  const connection = connections.get(request.socket) ?? opened(request);
  const { listeners } = connection;
  const ended = (): void => {
    const place = listeners.indexOf(ended);
    if (place < 0) return;
    listeners.splice(place, 1);
    if (connection.first === request) connection.first = undefined;
    listener();
  };
  listeners.push(ended);
  response.once('close', ended);
}

/**
 * Whether the first request of a connection is being worked on: nothing else may be written there, or the client would take it for the
 * response to that request.
 */
export const isAsked = (socket: Socket): boolean => connections.get(socket)?.first?.complete === true;
