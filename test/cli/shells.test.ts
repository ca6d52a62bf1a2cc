/*
 * What `silt completion` prints, sourced in the shells themselves at a terminal, where Tab is pressed as people press it. They need bash, zsh
 * and fish.
 */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chmod, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { ran } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const folder = folderOfFile();
const data = join(folder, 'data');

/** How each is begun without what users have set, and what loads the script. */
const SHELLS: Readonly<Record<string, readonly [begin: string, load: string]>> = {
  bash: ['bash --norc --noprofile -i', 'source'],
  zsh: ['zsh -f -i', 'autoload -Uz compinit; compinit -u -D; source'],
  fish: ['fish --no-config -i', 'source'],
};

/** The command: a line whose last word ends with END is not run, but told word by word. */
const SILT = `#!/bin/sh
for word; do last="$word"; done
case "$last" in *END) printf 'TOLD'; printf ' <%s>' "$@"; printf ' DONE\\n'; exit 0;; esac
exec '${process.execPath}' '${join(ROOT, 'dist/cli/main.js')}' "$@"
`;

beforeAll(async () => {
  await using db = await open(data);
  for (const name of ['words', 'two words & more', "it's"]) await db.createCollection(name, {});
  await writeFile(join(folder, 'silt'), SILT);
  await chmod(join(folder, 'silt'), 0o755);
});

const PATIENCE_MS = 30_000;

/** A shell at a terminal, with the script loaded. */
async function shell(name: string) {
  if (spawnSync(name, ['-c', 'true']).error)
    throw new Error(`this test needs ${name}: on Debian, apt-get install bash zsh fish`);
  const { code, out } = await ran('completion', name);
  expect(code).toBe(0);
  const script = join(folder, `completion.${name}`);
  await writeFile(script, out);
  const [begin, load] = SHELLS[name]!;
  const child = spawn('script', ['-qec', `stty cols 200 rows 50; exec ${begin}`, '/dev/null'], {
    cwd: folder,
    env: { ...process.env, PATH: `${folder}:${process.env['PATH']}`, TERM: 'xterm', HOME: folder, PS1: '$ ' },
  });
  let seen = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    seen += text;
  });
  let at = 0;
  /** What is told behind these keys. */
  const told = async (keys: string): Promise<string[]> => {
    child.stdin.write(keys);
    const late = AbortSignal.timeout(PATIENCE_MS);
    const pattern = /TOLD((?: <[^>]*>)*) DONE/;
    for (;;) {
      const text = stripVTControlCharacters(seen.slice(at));
      const found = pattern.exec(text);
      if (found) {
        at = seen.length;
        const words = [...found[1]!.matchAll(/<([^>]*)>/g)].map(([, word]) => word!.replace(/END$/, ''));
        return words.filter((word) => word !== '');
      }
      await once(child.stdout, 'data', { signal: late }).catch(() => {
        throw new Error(`${name} told nothing behind ${JSON.stringify(keys)}:\n${text}`);
      });
    }
  };
  await told(`${load} ${script}; silt END\r`);
  return {
    told,
    end: async () => {
      child.stdin.end('exit\r');
      await once(child, 'close');
    },
  };
}

test.each(Object.keys(SHELLS))(
  '%s completes commands, options, what they take, and the names of collections',
  async (name) => {
    const { told, end } = await shell(name);
    expect(await told('silt sea\tEND\r')).toEqual(['search']);
    expect(await told('silt search ./data --fuz\t1 END\r')).toEqual(['search', './data', '--fuzzy', '1']);
    expect(await told('silt init --metric eu\tEND\r')).toEqual(['init', '--metric', 'euclidean']);
    expect(await told('silt completion fi\tEND\r')).toEqual(['completion', 'fish']);
    expect(await told('silt get data wo\tEND\r')).toEqual(['get', 'data', 'words']);
    expect(await told('silt search -k 3 data tw\tEND\r')).toEqual([
      'search',
      '-k',
      '3',
      'data',
      'two words & more',
    ]);
    expect(await told('silt info data it\tEND\r')).toEqual(['info', 'data', "it's"]);
    // Folders and files are completed as everywhere.
    expect(await told('silt info da\tEND\r')).toEqual(['info', 'data/']);
    await end();
  },
  120_000,
);
