#!/usr/bin/env node
/* The command `silt`. What is wrong with what was typed ends it with 2, what goes wrong later with 1. */
import { CommanderError } from 'commander';
import { printed } from './errors.js';
import { programOf } from './program.js';

try {
  await programOf().parseAsync();
} catch (error) {
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2;
  else {
    const { text, code } = printed(error);
    process.stderr.write(`${text}\n`);
    process.exitCode = code;
  }
}
