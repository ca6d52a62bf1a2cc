#!/usr/bin/env node
/* The command `silt`. How it ends, frame/exits.ts lists. */
import { CommanderError } from 'commander';
import { printed } from './errors.js';
import { tell, watchOutputs } from './frame/output.js';
import { lineOf, programOf } from './program.js';

watchOutputs();

/** How it ends where something fails. */
function end(error: unknown): void {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const { text, code } = printed(error, process.argv.slice(2));
    tell(text);
    process.exitCode = code;
  }
}

// Nothing waits for it here: in the package, commands are in the file that this is in, and are loaded when that has been run.
const line = lineOf(process.argv.slice(2));
programOf(line[0])
  .then((program) => program.parseAsync(line, { from: 'user' }))
  .catch(end);
