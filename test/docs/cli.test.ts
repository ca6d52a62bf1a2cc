/* The page of the command line says what the commands say. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { examplesOf } from '#silt/cli/frame/command.js';
import { EXITS } from '#silt/cli/frame/exits.js';
import { programOf } from '#silt/cli/program.js';
import { ROOT } from '../support/sources.js';

const page = readFileSync(join(ROOT, 'docs/CLI.md'), 'utf8');

test('the page of the command line is made from the commands: npm run docs:cli', () => {
  const made = execFileSync(process.execPath, [join(ROOT, 'scripts/cli-page.mjs')], {
    encoding: 'utf8',
    env: { ...process.env, SILT_PATH: '/of/this/machine' },
  });
  expect(page).toBe(made);
});

test('every exit code has a row of its own, and no two are one', () => {
  const rows = [...page.matchAll(/^\| (\d+) \| (.+) \|$/gm)].map(([, code, when]) => [Number(code), when]);
  expect(rows).toEqual(Object.values(EXITS).map(([code, when]) => [code, when]));
  expect(new Set(rows.map(([code]) => code)).size).toBe(rows.length);
});

/** Words of a line, as a shell takes them apart; single and double quotes. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g)].map(([, a, b, c]) => a ?? b ?? c!);
}

test('every example names a command and options that there are', async () => {
  const commands = new Map((await programOf()).commands.map((command) => [command.name(), command]));
  let seen = 0;
  for (const [name, command] of commands)
    for (const line of examplesOf(command)) {
      const [silt, first, ...rest] = wordsOf(line.split(/ [|>]/)[0]!);
      expect([silt, first], line).toEqual(['silt', name]);
      const flags = command.options.flatMap(({ short, long }) => [short, long]);
      for (const word of rest) if (/^--?[a-z]/.test(word)) expect(flags, line).toContain(word);
      seen++;
    }
  expect(seen).toBeGreaterThan(20);
});
