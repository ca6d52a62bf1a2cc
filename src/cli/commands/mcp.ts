/* `silt mcp`: a database for programs that speak the Model Context Protocol. */
import { randomBytes } from 'node:crypto';
import { type Command, InvalidArgumentError, Option } from 'commander';
import { apiKeyOption, silt } from '../frame/command.js';
import { expectDatabase, isAddress } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions, outliveReaders } from '../frame/output.js';
import { portOf, signalled } from '../frame/serving.js';
import type { Announced } from '../served/announced.js';
import type { Place } from '../served/asked.js';
import { Folder, insteadOf, type PlaceOptions, serverOf } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly path: string;
  readonly readOnly?: boolean;
  readonly http?: boolean;
  readonly port?: number;
  readonly token?: string;
}

const SHORTEST_TOKEN = 8;

function tokenOf(text: string): string {
  if (/^[!-~]+$/.test(text) && text.length >= SHORTEST_TOKEN) return text;
  throw new InvalidArgumentError(`It has ${SHORTEST_TOKEN} characters or more, letters, digits and signs.`);
}

type Use = (place: Place) => Promise<void>;

/** Runs `use` with the folder, or with the server that has it open, which must answer. */
async function opened(o: Arguments, use: Use): Promise<void> {
  const { path, readOnly = false } = o;
  const asked = async (announced: Announced): Promise<void> => {
    const server = serverOf(announced, o);
    await server.names();
    return use(server);
  };
  if (isAddress(path)) return asked({ url: path });
  if (readOnly) expectDatabase(path);
  const { open } = await import('../../index.js');
  const database = await open(path, { readOnly }).catch((error: unknown) => insteadOf(path, error));
  if ('url' in database) return asked(database);
  try {
    await use(new Folder(database));
  } finally {
    await database.close();
  }
}

async function mcp(o: Arguments): Promise<void> {
  const { readOnly = false, http = false, port = 0 } = o;
  if (!http && o.port !== undefined) throw new CommandError('USAGE', '--port goes with --http');
  outliveReaders();
  const ends = signalled();
  await opened(o, async (place) => {
    // Other commands, and help, need none of it.
    const { serverFor } = await import('../mcp/server.js');
    const factory = serverFor(place, { readOnly });
    if (http) {
      const token = o.token ?? randomBytes(18).toString('base64url');
      const { serveHttp } = await import('../mcp/http.js');
      const { url, close } = await serveHttp(factory, port, token);
      const answer = { url, token, readOnly };
      new Output(o).answer(answer, () => `${url}\nAuthorization: Bearer ${token}\nCtrl+C ends it.`);
      await ends;
      await close();
      return;
    }
    // The standard output is the protocol's: nothing else is written there.
    const { serveStreams } = await import('../mcp/stdio.js');
    await serveStreams(factory, ends);
  });
}

export function mcpCommand(): Command {
  return silt(
    'mcp',
    'Serves a database to assistants, by the Model Context Protocol: over stdio, or over HTTP on loopback.',
    [
      'silt mcp --path ./data',
      'silt mcp --path ./data --read-only',
      'silt mcp --path ./data --http --port 7000',
      'silt mcp --path http://127.0.0.1:6333',
    ],
  )
    .addOption(
      new Option(
        '--path <folder>',
        'the folder of the database, created if missing; or the address of the silt serve that has it open',
      )
        .env('SILT_PATH')
        .default('./silt-data'),
    )
    .option('--read-only', 'tools that read alone; another process may write the folder')
    .option('--http', 'over HTTP at 127.0.0.1, with a token, in place of stdio')
    .option('--port <number>', 'of --http; without it, a free one', portOf)
    .addOption(
      new Option('--token <token>', 'of --http; without it, a random one is made and printed')
        .env('SILT_MCP_TOKEN')
        .argParser(tokenOf),
    )
    .addOption(apiKeyOption())
    .action(mcp);
}
