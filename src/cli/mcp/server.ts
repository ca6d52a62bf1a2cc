/*
 * A database as a server of the Model Context Protocol: tools, and collections as resources. One server is made for each connection
 * over stdio, and for each request over HTTP: all share the database, and have no state of their own.
 */
import {
  McpServer,
  type McpServerFactory,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server';
import type { Place } from '../served/asked.js';
import { VERSION } from '../version.js';
import { described } from './collections.js';
import { registerReading } from './reading.js';
import { shown } from './values.js';
import { registerWriting } from './writing.js';

const JSON_TYPE = 'application/json';
const uriOf = (name: string): string => `silt://collections/${encodeURIComponent(name)}`;

function registerCollections(server: McpServer, place: Place): void {
  const list = async () => ({
    resources: (await place.names()).map((name) => ({ name, uri: uriOf(name), mimeType: JSON_TYPE })),
  });
  server.registerResource(
    'collection',
    new ResourceTemplate('silt://collections/{name}', { list }),
    { title: 'Collection', description: 'What a collection has', mimeType: JSON_TYPE },
    async ({ href }) => {
      const name = (await place.names()).find((one) => uriOf(one) === href);
      if (name === undefined) throw new ResourceNotFoundError(href);
      const text = JSON.stringify(shown(await described(await place.collection(name))));
      return { contents: [{ uri: href, mimeType: JSON_TYPE, text }] };
    },
  );
}

const INSTRUCTIONS =
  'A vector database. silt_list_collections says what there is; silt_find searches by a vector, or by words where a collection has a field of text. Silt makes no embeddings.';

export function serverFor(place: Place, { readOnly }: { readonly readOnly: boolean }): McpServerFactory {
  return () => {
    const server = new McpServer({ name: 'silt', version: VERSION }, { instructions: INSTRUCTIONS });
    registerReading(server, place);
    if (!readOnly) registerWriting(server, place);
    registerCollections(server, place);
    return server;
  };
}
