/*
 * Prints docs/CLI.md, from the commands themselves: npm run docs:cli. A test compares the two.
 */
for (const name of Object.keys(process.env)) if (name.startsWith('SILT_')) delete process.env[name];

const { programOf } = await import('../dist/cli/program.js');
const { examplesOf } = await import('../dist/cli/frame/command.js');
const { EXITS } = await import('../dist/cli/frame/exits.js');

const program = await programOf();
const helpOf = (command) =>
  command
    .configureOutput({ getOutHelpWidth: () => 80 })
    .helpInformation()
    .trimEnd();

const lines = [
  '---',
  'group: Reference',
  'title: Command line',
  '---',
  '',
  '# Command line',
  '',
  'This page is made from the commands: `npm run docs:cli`.',
  '',
  '`npx silt COMMAND` needs nothing but the package. `silt COMMAND --help` says the same as this page.',
  '',
  '- **Where.** Commands name the folder of the database and its collection: `silt info ./data words`. The folder may be left out where',
  '  `SILT_PATH` says it or it is `./silt-data`, the collection where there is only one; who names the collection names the folder, too.',
  '- **Through a server.** Where `silt serve` or `silt ui` has the folder open, commands take its address in the place of the folder, and its key as',
  '  `--api-key`: all but `init`, `push`, `pull`, `serve` and `ui`. It is asked without being named where a command has to write a folder that it',
  '  holds: `silt compact ./data words` says so, and does it there, with the key that this server leaves in the folder for its user.',
  '- **Beside a writer.** Commands that read open the folder read-only, so that another process may write it meanwhile. Those that',
  '  write (`import`, `delete`, `drop`, `compact`, `verify --repair`, `restore`, `mcp`) need it for themselves, or a server that holds it; where another',
  '  program holds it, they end with 4.',
  '- **For programs.** With `--json` the standard output has one JSON document, or one a line where many come; notes are on the',
  '  standard error. Bars and bold text are for terminals alone; `NO_COLOR` is respected.',
  '- **Ids.** Digits are an integer, anything else is a string; a string of digits stands in double quotes: `\'"7"\'`. Through `silt serve`',
  "  and Qdrant's clients, points whose ids are strings other than UUIDs are found, but cannot be asked for by id.",
  '- **JSON.** Where an option takes JSON, `@file.json` reads a file, and `@-` the standard input.',
  '',
  '## Exit codes',
  '',
  '| code | when |',
  '|---|---|',
  ...Object.values(EXITS).map(([code, when]) => `| ${code} | ${when} |`),
];
for (const command of program.commands) {
  const examples = examplesOf(command);
  lines.push('', `## silt ${command.name()}`, '', '```text', helpOf(command), '```');
  if (examples.length > 0) lines.push('', '```sh', ...examples, '```');
}
console.log(lines.join('\n'));
