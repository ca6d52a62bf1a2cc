/* All commands, as commander has them: help, completions and documentation are made from this. */
import { Command } from 'commander';
import { pullCommand, pushCommand } from './copy/commands.js';
import { serveCommand } from './serve.js';
import { VERSION } from './version.js';

export function programOf(): Command {
  return new Command('silt')
    .description('A vector database: one folder, searched and served.')
    .version(VERSION)
    .exitOverride()
    .showHelpAfterError('(silt --help lists commands and options)')
    .addCommand(serveCommand())
    .addCommand(pushCommand())
    .addCommand(pullCommand());
}
