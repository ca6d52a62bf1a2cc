/* `silt drop`: a collection, with all that it has. */
import { createInterface } from 'node:readline/promises';
import type { Command } from 'commander';
import { apiKeyOption, FOLDER_OR_ADDRESS, silt } from '../frame/command.js';
import { writing } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { Output, type OutputOptions } from '../frame/output.js';
import { printable } from '../frame/text.js';
import { points as pointsOf } from '../frame/values.js';
import { asking, type PlaceOptions } from '../served/place.js';

interface Arguments extends OutputOptions, PlaceOptions {
  readonly yes?: boolean;
}

/** What a person says, beside the answer. */
async function agreed(question: string, signal: AbortSignal): Promise<boolean> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return /^y(es)?$/i.test((await lines.question(`${printable(question)} [y/N] `, { signal })).trim());
  } finally {
    lines.close();
  }
}

function drop(folder: string, name: string, { yes = false, ...o }: Arguments): Promise<void> {
  const output = new Output(o);
  if (!yes && !process.stdin.isTTY)
    throw new CommandError('USAGE', 'what is dropped is gone: say --yes where nobody can be asked');
  return asking(
    folder,
    o,
    async (place, signal) => {
      const { points } = await (await place.collection(name)).info();
      const what = `"${name}" of ${place.path}, with ${pointsOf(points)}`;
      if (!yes && !(await agreed(`Drop ${what}?`, signal)))
        throw new CommandError('FAILED', 'nothing was dropped');
      await place.drop(name);
      output.answer({ dropped: name, points }, () => `${what}, is dropped`);
    },
    { opening: writing },
  );
}

export function dropCommand(): Command {
  return silt('drop', 'Drops a collection with all its points. Asks at a terminal.', [
    'silt drop ./data words',
    'silt drop ./data words --yes',
    'silt drop http://127.0.0.1:6333 words --yes',
  ])
    .argument('<folder>', FOLDER_OR_ADDRESS)
    .argument('<collection>', 'its collection')
    .option('--yes', 'do not ask')
    .addOption(apiKeyOption())
    .action(drop);
}
