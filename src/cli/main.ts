#!/usr/bin/env node
/* The command `silt`. How it ends, frame/exits.ts lists. */
import { CommanderError } from 'commander';
import { printed } from './errors.js';
import { endQuietly } from './frame/output.js';
import { programOf } from './program.js';

for (const stream of [process.stdout, process.stderr]) stream.on('error', endQuietly);

/** How it ends where something fails. */
function end(error: unknown): void {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const { text, code } = printed(error, process.argv.slice(2));
    process.stderr.write(`${text}\n`);
    process.exitCode = code;
  }
}

// Nothing waits for it here: in the package, commands are in the file that this is in, and are loaded when that has been run.
programOf(process.argv[2])
  .then((program) => program.parseAsync())
  .catch(end);
