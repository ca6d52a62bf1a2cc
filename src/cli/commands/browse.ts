/* `silt browse`: points as a table in the terminal. It reads beside whoever writes. */
import type { Command } from 'commander';
import { silt, withPlace } from '../frame/command.js';
import { pathOf } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import type { OutputOptions } from '../frame/output.js';
import { asking, type PlaceOptions } from '../served/place.js';

type Arguments = OutputOptions & PlaceOptions;

async function browse(folder: string | undefined, name: string | undefined, o: Arguments): Promise<void> {
  const { stdin, stdout } = process;
  if (o.json || !stdin.isTTY || !stdout.isTTY || process.env['TERM'] === 'dumb')
    throw new CommandError(
      'USAGE',
      `browse draws on a terminal. For pipes and programs:\nsilt export ${pathOf(folder)} ${name ?? 'COLLECTION'} - --limit 20`,
    );
  // Other commands, and help, need none of it.
  const [{ Browser }, { Terminal }] = await Promise.all([
    import('../browse/browser.js'),
    import('../browse/terminal.js'),
  ]);
  await asking(folder, o, async (place, signal) => {
    const browser = new Browser(place, signal);
    if (name !== undefined || (await place.names()).length < 2) await browser.open(name);
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
      'Shows points as a table in the terminal: arrows move, Enter opens a point, / filters, ? lists all keys, q ends. A filter is JSON, or short: lang=en year>=1990 title~"two words" gone=null.',
      ['silt browse ./data', 'silt browse ./data words', 'silt browse http://127.0.0.1:6333 words'],
    ),
  ).action(browse);
}
