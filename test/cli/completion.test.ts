/* `silt completion`: what shells are given. */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { examplesOf } from '#silt/cli/frame/command.js';
import { programOf } from '#silt/cli/program.js';
import { ran } from '../support/command.js';

/** What bash offers behind these words. */
async function offered(script: string, ...words: string[]): Promise<string[]> {
  const typed = words.map((word) => `'${word}'`).join(' ');
  const ask = `${script}\nCOMP_WORDS=(${typed}); COMP_CWORD=${words.length - 1}; _silt; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await promisify(execFile)('bash', ['--norc', '-c', ask]);
  return stdout.split('\n').filter(Boolean);
}

test('bash completes commands and options', async () => {
  const { code, out } = await ran('completion', 'bash');
  expect(code).toBe(0);
  expect(await offered(out, 'silt', 'se')).toEqual(['search', 'serve']);
  expect(await offered(out, 'silt', 'search', './data', '--f')).toEqual(['--filter', '--fuzzy']);
  expect(await offered(out, 'silt', 'search', './da')).toEqual([]);
});

test('every shell gets every command with every option, and no other shell is known', async () => {
  const [zsh, fish, other] = await Promise.all([
    ran('completion', 'zsh'),
    ran('completion', 'fish'),
    ran('completion', 'tcsh'),
  ]);
  for (const command of (await programOf()).commands) {
    expect(zsh.out).toContain(`'${command.name()}:`);
    expect(fish.out).toContain(` -a ${command.name()} `);
    for (const { long } of command.options.filter((option) => option.long)) {
      expect(zsh.out, long).toContain(`'${long}[`);
      expect(fish.out, long).toContain(` -l ${long!.slice(2)}`);
    }
  }
  // Each line is whole: quotes come in pairs.
  for (const line of `${zsh.out}\n${fish.out}`.split('\n')) expect(line.split("'").length % 2, line).toBe(1);
  expect(other).toMatchObject({ code: 2, err: expect.stringContaining('bash, zsh, fish') });
});

test('a line loads its own command alone; help and completions have them all', async () => {
  const namesFor = async (first?: string): Promise<string[]> =>
    (await programOf(first)).commands.map((command) => command.name());
  const all = await namesFor();
  expect(all.length).toBeGreaterThan(18);
  for (const first of ['help', '--help', 'completion', 'serach', 'toString'])
    expect(await namesFor(first)).toEqual(all);
  for (const name of all.filter((one) => one !== 'completion')) expect(await namesFor(name)).toEqual([name]);
  expect(await namesFor('--version')).toEqual([]);
});

test('every command has --json and examples, and all help has room in 80 columns', async () => {
  const program = await programOf();
  for (const command of program.commands) {
    expect(
      command.options.map(({ long }) => long),
      command.name(),
    ).toContain('--json');
    expect(examplesOf(command).length, command.name()).toBeGreaterThan(0);
  }
  const lines = [program, ...program.commands].flatMap((one) => one.helpInformation().split('\n'));
  expect(lines.length).toBeGreaterThan(200);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});
