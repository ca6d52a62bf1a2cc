/* `silt serve`: the server of `silt/server`, until a signal ends it. */
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { ValidationError } from '../../base/errors.js';
import type { Server } from '../../server/http/index.js';
import { silt } from '../frame/command.js';
import { Output, type OutputOptions, outliveReaders, tell } from '../frame/output.js';
import { portOf, signalled } from '../frame/serving.js';
import { announce } from '../served/announced.js';

interface ServeArguments extends OutputOptions {
  readonly path: string;
  readonly snapshotsPath?: string;
  readonly host: string;
  readonly port: number;
  readonly apiKey?: string;
  readonly readOnlyApiKey?: string;
  readonly readOnly?: boolean;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly insecure?: boolean;
  readonly cors?: string[];
}

function tlsOf({ tlsCert, tlsKey }: ServeArguments): { cert: Buffer; key: Buffer } | undefined {
  if (tlsCert === undefined && tlsKey === undefined) return undefined;
  if (tlsCert === undefined || tlsKey === undefined)
    throw new ValidationError('INVALID_OPTION', '--tls-cert and --tls-key go together: give both files');
  return { cert: fileOf('--tls-cert', tlsCert), key: fileOf('--tls-key', tlsKey) };
}

function fileOf(option: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const why = (error as Error).message;
    throw new ValidationError('INVALID_OPTION', `${option} must be a file that can be read: ${why}`, {
      cause: error,
    });
  }
}

/** Origins of the environment stand in one text. */
function originsOf(cors: readonly string[] = []): string[] | undefined {
  const origins = cors.flatMap((text) => text.split(/[\s,]+/)).filter((text) => text !== '');
  return origins.length > 0 ? origins : undefined;
}

/** What a variable of the environment says of a flag. commander would take it by its presence: INSECURE=false for yes. */
function flagOf(variable: string): boolean {
  const value = (process.env[variable] ?? '').toLowerCase();
  if (value === 'true') return true;
  if (value === 'false' || value === '') return false;
  throw new ValidationError('INVALID_OPTION', `${variable} must be true or false, got "${value}"`);
}

function greeting(
  { url }: Server,
  { path, readOnly = false, apiKey, readOnlyApiKey }: ServeArguments,
): string {
  const key = apiKey ?? readOnlyApiKey;
  const who = key === undefined ? 'no key is needed' : 'a key is needed';
  return `silt serves ${path} at ${url} (${readOnly ? 'for reading, ' : ''}${who}). Ctrl+C ends it.`;
}

async function run(args: ServeArguments, command: Command): Promise<void> {
  const [extra] = command.args;
  if (extra !== undefined)
    command.error(`error: unexpected argument '${extra}'. Did you mean --path ${extra}?`);
  const { path, snapshotsPath, host, port, apiKey, readOnlyApiKey, cors } = args;
  const readOnly = args.readOnly ?? flagOf('SILT_READ_ONLY');
  const insecure = args.insecure ?? flagOf('SILT_INSECURE');
  outliveReaders();
  const ends = signalled();
  const tls = tlsOf(args);
  // Other commands, and help, need none of it.
  const { serve } = await import('../../server/http/index.js');
  const server = await serve({
    path,
    snapshotsPath,
    host,
    port,
    apiKey,
    readOnlyApiKey,
    readOnly,
    insecure,
    tls,
    cors: originsOf(cors),
  });
  // Who serves for reading holds nobody up.
  const gone = readOnly ? () => {} : announce(path, { url: server.url, apiKey });
  new Output(args).answer({ url: server.url, path, readOnly }, () => greeting(server, { ...args, readOnly }));
  const signal = await ends;
  tell(`silt: ${signal}: finishing what was accepted`);
  await server.close();
  gone();
}

const option = (flags: string, says: string, env: string): Option => new Option(flags, says).env(env);

export function serveCommand(): Command {
  return silt('serve', "Serves a database over HTTP, with Qdrant's REST API.", [
    'silt serve --path ./data',
    'silt serve --path ./data --host 0.0.0.0 --api-key a-long-secret --read-only-api-key another',
    'silt serve --path ./data --port 0 --json | head -n 1',
  ])
    .allowExcessArguments() // said better by `run`
    .addOption(
      option('--path <folder>', 'the folder of the database; created if missing', 'SILT_PATH').default(
        './silt-data',
      ),
    )
    .addOption(
      option(
        '--snapshots-path <folder>',
        'the folder of snapshots; without it, qdrant-snapshots in that of the database',
        'SILT_SNAPSHOTS_PATH',
      ),
    )
    .addOption(option('--host <address>', 'the address to listen on', 'SILT_HOST').default('127.0.0.1'))
    .addOption(
      option('--port <number>', 'the port; 0 picks a free one', 'SILT_PORT').default(6333).argParser(portOf),
    )
    .addOption(option('--api-key <key>', 'grants full access; 8 characters or more', 'SILT_API_KEY'))
    .addOption(
      option(
        '--read-only-api-key <key>',
        'grants read access; 8 characters or more',
        'SILT_READ_ONLY_API_KEY',
      ),
    )
    .option(
      '--read-only',
      'refuse all writes; another process may write the folder (env: SILT_READ_ONLY=true)',
    )
    .addOption(option('--tls-cert <file>', 'certificate in PEM, for HTTPS', 'SILT_TLS_CERT'))
    .addOption(option('--tls-key <file>', 'its key in PEM', 'SILT_TLS_KEY'))
    .option('--insecure', 'listen on any address without a key (env: SILT_INSECURE=true)')
    .addOption(option('--cors <origin...>', "allowed CORS origins, or '*'", 'SILT_CORS'))
    .action(run);
}
