/* Lives of clients, over HTTP and in the process: `main.mjs NAME BUILD` prints what each answered. */

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { QdrantClient as Remote } from '@qdrant/js-client-rest';

const [, , name, build] = process.argv;
const from = (path) => import(pathToFileURL(join(build, path)).href);
const { life } = await import(`./${name}.mjs`);
const { serve } = await from('server/http/index.js');
const { QdrantClient } = await from('server/qdrant/index.js');

const server = await serve({ port: 0 });
const remote = await life(new Remote({ url: server.url }));
await server.close();
const local = new QdrantClient({ location: ':memory:' });
const own = await life(local);
await local.close();
console.log(JSON.stringify({ remote, own }));
