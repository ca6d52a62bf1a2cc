/*
 * The requests in progress of each connection. Node tells a response that its connection has closed only where its turn has come: of
 * requests that a client has sent one behind the other (pipelining), the responses behind the first would never end.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

interface Connection {
  /** The first request, until it has ended. */
  first: IncomingMessage | undefined;
  /** Told when the connection closes. */
  readonly listeners: Set<() => void>;
}

const connections = new WeakMap<Socket, Connection>();

function opened(request: IncomingMessage): Connection {
  const connection: Connection = { first: request, listeners: new Set() };
  connections.set(request.socket, connection);
  request.socket.once('close', () => {
    for (const listener of connection.listeners) listener();
  });
  return connection;
}

/** Calls `listener` once, when a response or its connection has ended. */
export function onEnded(request: IncomingMessage, response: ServerResponse, listener: () => void): void {
  const connection = connections.get(request.socket) ?? opened(request);
  const { listeners } = connection;
  const ended = (): void => {
    if (!listeners.delete(ended)) return;
    if (connection.first === request) connection.first = undefined;
    listener();
  };
  listeners.add(ended);
  response.once('close', ended);
}

/**
 * Whether the first request of a connection is being worked on: nothing else may be written there, or the client would take it for the
 * response to that request.
 */
export const isAsked = (socket: Socket): boolean => connections.get(socket)?.first?.complete === true;
