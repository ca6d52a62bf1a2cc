/* All commands, as commander has them: help, completions and documentation are made from this. */
import { Command } from 'commander';
import { PRINTS } from './frame/command.js';
import { VERSION } from './version.js';

/** Each is loaded when it is needed: to load all takes as long as a short command. */
const COMMANDS: Readonly<Record<string, () => Promise<() => Command>>> = {
  init: async () => (await import('./commands/init.js')).initCommand,
  import: async () => (await import('./commands/import.js')).importCommand,
  export: async () => (await import('./commands/export.js')).exportCommand,
  info: async () => (await import('./commands/info.js')).infoCommand,
  status: async () => (await import('./commands/status.js')).statusCommand,
  browse: async () => (await import('./commands/browse.js')).browseCommand,
  search: async () => (await import('./commands/search.js')).searchCommand,
  explain: async () => (await import('./commands/search.js')).explainCommand,
  get: async () => (await import('./commands/points.js')).getCommand,
  delete: async () => (await import('./commands/points.js')).deleteCommand,
  recall: async () => (await import('./commands/recall.js')).recallCommand,
  verify: async () => (await import('./commands/upkeep.js')).verifyCommand,
  compact: async () => (await import('./commands/upkeep.js')).compactCommand,
  backup: async () => (await import('./commands/backup.js')).backupCommand,
  restore: async () => (await import('./commands/backup.js')).restoreCommand,
  drop: async () => (await import('./commands/drop.js')).dropCommand,
  serve: async () => (await import('./commands/serve.js')).serveCommand,
  ui: async () => (await import('./commands/ui.js')).uiCommand,
  mcp: async () => (await import('./commands/mcp.js')).mcpCommand,
  push: async () => (await import('./copy/commands.js')).pushCommand,
  pull: async () => (await import('./copy/commands.js')).pullCommand,
  completion: async () => (await import('./commands/completion.js')).completionCommand,
};

/** An option that has one value is given once: which of two is meant, nobody knows. */
function refuseTwice(command: Command): Command {
  for (const option of command.options) {
    if (option.variadic || !(option.required || option.optional)) continue;
    let given = 0;
    command.on(`option:${option.name()}`, () => {
      if (++given > 1) command.error(`error: option '${option.flags}' is given twice`);
    });
  }
  return command;
}

/** Which commands a line needs: what prints help or completions needs them all. */
function neededFor(first: string | undefined): string[] {
  if (first === '--version' || first === '-V') return [];
  const known = first !== undefined && first !== 'completion' && Object.hasOwn(COMMANDS, first);
  return known ? [first] : Object.keys(COMMANDS);
}

/** Help of a command that there is not is refused as that command is: with the one that may be meant. */
export function lineOf(words: readonly string[]): readonly string[] {
  const [first, name = ''] = words;
  const unknown = first === 'help' && /^[^-]/.test(name) && name !== 'help' && !Object.hasOwn(COMMANDS, name);
  return unknown ? [name] : words;
}

/** `first`: the word that the line begins with; without one, the program has all commands. */
export async function programOf(first?: string): Promise<Command> {
  const program = new Command('silt')
    .description('A vector database: one folder, searched and served.')
    .version(VERSION)
    .exitOverride()
    .configureOutput(PRINTS)
    // Arguments would leave no room for what commands do, at 80 columns.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', '\nHelp of a command, with examples: silt help search')
    .showHelpAfterError('(silt --help lists commands and options)');
  const made = await Promise.all(neededFor(first).map((name) => COMMANDS[name]!()));
  for (const command of made) program.addCommand(refuseTwice(command()));
  return program;
}
