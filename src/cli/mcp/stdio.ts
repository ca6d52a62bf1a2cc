/* The protocol over the standard streams, until a signal comes or the client closes them. */
import type { McpServerFactory } from '@modelcontextprotocol/server';
import { StdioServerTransport, serveStdio } from '@modelcontextprotocol/server/stdio';
import { CommandError } from '../frame/exits.js';
import { tell } from '../frame/output.js';
import { MESSAGE_BYTES } from './values.js';

class Streams extends StdioServerTransport {
  #told: () => void = () => {};
  readonly closed: Promise<void> = new Promise((resolve) => {
    this.#told = resolve;
  });

  override async close(): Promise<void> {
    await super.close();
    this.#told();
  }
}

/** @throws CommandError INPUT for a message that is too long: what follows it cannot be told apart */
export async function serveStreams(factory: McpServerFactory, ends: Promise<unknown>): Promise<void> {
  const { stdin, stdout } = process;
  const transport = new Streams(stdin, stdout, { maxBufferSize: MESSAGE_BYTES });
  const { close } = serveStdio(factory, {
    transport,
    onerror: (error) => tell(`silt: ${error.message}`),
  });
  const isClosed = await Promise.race([ends.then(() => false), transport.closed.then(() => true)]);
  await close();
  if (isClosed && stdout.writable && !stdin.readableEnded && !stdin.destroyed)
    throw new CommandError(
      'INPUT',
      `a message has more than ${MESSAGE_BYTES} bytes: store fewer points at once`,
    );
}
