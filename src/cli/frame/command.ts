/* How a command is made: with `--json`, and examples in its help. */
import { Command, Option, type OutputConfiguration } from 'commander';
import { tell } from './output.js';

/** What a line is refused for may quote it, and files that it names. */
export const PRINTS: OutputConfiguration = { writeErr: (text) => tell(text.trimEnd()) };

const EXAMPLES = new WeakMap<Command, readonly string[]>();

/** `examples`: lines that can be typed. */
export function silt(name: string, says: string, examples: readonly string[]): Command {
  const made = new Command(name)
    .description(says)
    .exitOverride()
    .configureOutput(PRINTS)
    .allowExcessArguments(false)
    .option('--json', 'print JSON, for programs')
    .addHelpText('after', `\nExamples:\n${examples.map((line) => `  ${line}`).join('\n')}`);
  EXAMPLES.set(made, examples);
  return made;
}

export function examplesOf(command: Command): readonly string[] {
  return EXAMPLES.get(command) ?? [];
}

export const FOLDER_OR_ADDRESS =
  'the folder of the database, or the address of the silt serve that has it open';

export function apiKeyOption(): Option {
  return new Option('--api-key <key>', 'of that server').env('SILT_REMOTE_API_KEY');
}

/** The folder of the database, and which collection of it. */
export function withFolder(command: Command, place = 'the folder of the database'): Command {
  return command
    .argument('[folder]', `${place} (env: SILT_PATH; default: ./silt-data)`)
    .argument('[collection]', 'its collection; may be left out where there is only one');
}

/** The same for commands that a server answers too. */
export function withPlace(command: Command): Command {
  return withFolder(command, FOLDER_OR_ADDRESS).addOption(apiKeyOption());
}
