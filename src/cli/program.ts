/* All commands, as commander has them: help, completions and documentation are made from this. */
import { Command } from 'commander';
import { backupCommand, restoreCommand } from './commands/backup.js';
import { browseCommand } from './commands/browse.js';
import { completionCommand } from './commands/completion.js';
import { exportCommand } from './commands/export.js';
import { importCommand } from './commands/import.js';
import { infoCommand } from './commands/info.js';
import { initCommand } from './commands/init.js';
import { mcpCommand } from './commands/mcp.js';
import { deleteCommand, getCommand } from './commands/points.js';
import { recallCommand } from './commands/recall.js';
import { explainCommand, searchCommand } from './commands/search.js';
import { serveCommand } from './commands/serve.js';
import { statusCommand } from './commands/status.js';
import { uiCommand } from './commands/ui.js';
import { compactCommand, verifyCommand } from './commands/upkeep.js';
import { pullCommand, pushCommand } from './copy/commands.js';
import { VERSION } from './version.js';

const COMMANDS: readonly (() => Command)[] = [
  initCommand,
  importCommand,
  exportCommand,
  infoCommand,
  statusCommand,
  browseCommand,
  searchCommand,
  explainCommand,
  getCommand,
  deleteCommand,
  recallCommand,
  verifyCommand,
  compactCommand,
  backupCommand,
  restoreCommand,
  serveCommand,
  uiCommand,
  mcpCommand,
  pushCommand,
  pullCommand,
  completionCommand,
];

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

export function programOf(): Command {
  const program = new Command('silt')
    .description('A vector database: one folder, searched and served.')
    .version(VERSION)
    .exitOverride()
    // Arguments would leave no room for what commands do, at 80 columns.
    .configureHelp({ subcommandTerm: (command) => command.name() })
    .addHelpText('after', '\nHelp of a command, with examples: silt help search')
    .showHelpAfterError('(silt --help lists commands and options)');
  for (const command of COMMANDS) program.addCommand(refuseTwice(command()));
  return program;
}
