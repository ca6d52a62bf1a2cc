/* `silt ui`: the dashboard of a database, in a browser. */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { DatabaseLockedError } from '../../base/errors.js';
import type { ServeOptions, Server } from '../../server/http/index.js';
import { silt } from '../frame/command.js';
import { expectDatabase, pathOf } from '../frame/database.js';
import { Output, type OutputOptions, outliveReaders } from '../frame/output.js';
import { portOf, signalled } from '../frame/serving.js';
import { announce } from '../served/announced.js';

interface UiArguments extends OutputOptions {
  readonly host: string;
  readonly port: number;
  readonly readOnly?: boolean;
  readonly open: boolean;
}

const OPENERS: Readonly<Record<string, readonly [command: string, ...before: string[]]>> = {
  darwin: ['open'],
  win32: ['cmd', '/c', 'start', ''],
};

/** Where there is no browser, nothing happens: the link is printed too. */
function openBrowser(link: string): void {
  const [command, ...before] = OPENERS[process.platform] ?? ['xdg-open'];
  spawn(command, [...before, link], { stdio: 'ignore', detached: true })
    .on('error', () => {})
    .unref();
}

/** Serves for writing; where another process holds the folder, for reading beside it. */
async function served(o: ServeOptions, output: Output): Promise<{ server: Server; readOnly: boolean }> {
  // Other commands, and help, need none of it.
  const { serve } = await import('../../server/http/index.js');
  const { readOnly = false } = o;
  try {
    return { server: await serve(o), readOnly };
  } catch (error) {
    if (!(error instanceof DatabaseLockedError) || readOnly) throw error;
    output.note(`process ${error.pid} is writing this folder: shown for reading`);
    return { server: await serve({ ...o, readOnly: true }), readOnly: true };
  }
}

async function ui(
  folder: string | undefined,
  { host, port, readOnly, open, json }: UiArguments,
): Promise<void> {
  const output = new Output({ json: json ?? false });
  const path = pathOf(folder);
  expectDatabase(path);
  outliveReaders();
  const ends = signalled();
  const token = randomBytes(18).toString('base64url');
  const shown = await served({ path, host, port, readOnly, apiKey: token }, output);
  // Behind #, no server sees it, and no log has it.
  const link = `${shown.server.url}/dashboard#token=${token}`;
  // Who reads the link finds the folder announced. Who serves for reading holds nobody up.
  const gone = shown.readOnly ? () => {} : announce(path, { url: shown.server.url, apiKey: token });
  output.answer({ link, readOnly: shown.readOnly }, () => `${link}\nCtrl+C ends it.`);
  if (open && process.stdout.isTTY) openBrowser(link);
  await ends;
  await shown.server.close();
  gone();
}

export function uiCommand(): Command {
  return silt('ui', 'Shows a database in the browser: the dashboard, with a link that only this run knows.', [
    'silt ui ./data',
    'silt ui ./data --read-only --no-open --port 7000',
  ])
    .argument('[folder]', 'the folder of the database (env: SILT_PATH; default: ./silt-data)')
    .option('--host <address>', 'the address to listen on', '127.0.0.1')
    .option('--port <number>', 'the port; 0 picks a free one', portOf, 0)
    .option('--read-only', 'offer no writing; another process may write the folder')
    .option('--no-open', 'print the link alone (also where no terminal is)')
    .action(ui);
}
