/* `silt browse`: points as a table in the terminal. It reads beside whoever writes. */
import type { Command } from 'commander';
import { Browser } from '../browse/browser.js';
import { Terminal } from '../browse/terminal.js';
import { silt, withPlace } from '../frame/command.js';
import { collectionOf, collectionsOf, pathOf, reading } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import type { OutputOptions } from '../frame/output.js';

function browse(dir: string | undefined, name: string | undefined, { json }: OutputOptions): Promise<void> {
  const { stdin, stdout } = process;
  if (json || !stdin.isTTY || !stdout.isTTY || process.env['TERM'] === 'dumb')
    throw new CommandError(
      'USAGE',
      `browse draws on a terminal. For pipes and programs:\nsilt export ${pathOf(dir)} ${name ?? 'COLLECTION'} - --limit 20`,
    );
  return reading(dir, async (database, signal) => {
    const browser = new Browser(database, signal);
    if (name !== undefined || collectionsOf(database).length < 2)
      await browser.open(collectionOf(database, name).name);
    using terminal = new Terminal(stdin, stdout, signal);
    // In raw mode, Ctrl+C is a key. It need not wait for what is being read.
    const interrupt = (_: unknown, key: { name?: string; ctrl?: boolean }): void => {
      if (key.ctrl && key.name === 'c') process.kill(process.pid, 'SIGINT');
    };
    stdin.on('keypress', interrupt);
    try {
      terminal.draw(await browser.frame(terminal.width, terminal.height));
      for await (const key of terminal.keys()) {
        if (!(await browser.press(key))) return;
        terminal.draw(await browser.frame(terminal.width, terminal.height));
      }
    } finally {
      stdin.off('keypress', interrupt);
    }
  });
}

export function browseCommand(): Command {
  return withPlace(
    silt(
      'browse',
      'Shows points as a table in the terminal: arrows move, Enter opens a point, / filters, q ends. A filter is JSON, or short: lang=en year>=1990 title~"two words" gone=null.',
      ['silt browse ./data', 'silt browse ./data words'],
    ),
  ).action(browse);
}
