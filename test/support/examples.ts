/* Examples of the documentation: scripts of its blocks, run as they stand in a folder where the package is installed. */
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { expect } from 'vitest';
import { withFolder } from './files.js';
import { ROOT } from './sources.js';

/** The scripts of a page. A block without an import goes on where the one before ended. */
export function scriptsOf(page: string): string[] {
  const found: string[] = [];
  for (const [, code] of page.matchAll(/```ts\n([\s\S]*?)```/g)) {
    if (code!.startsWith('import')) found.push(code!);
    else found.push(`${found.pop()}\n${code}`);
  }
  return found;
}

const withoutTypes = (script: string): string =>
  ts.transpileModule(script, {
    compilerOptions: { target: ts.ScriptTarget.ES2022, module: ts.ModuleKind.ESNext },
  }).outputText;

/**
 * Runs a script, without its types, in a folder of its own, so many times; returns what it prints, in one line. Each time it has to print the
 * same. Of other packages it finds those that are installed for development.
 */
export function printed(script: string, times = 1): Promise<string> {
  return withFolder(async (folder) => {
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'silt'), 'junction');
    const packages = [...script.matchAll(/^import .* from '(@[^/']+)\//gm)].map(([, scope]) => scope!);
    for (const scope of new Set(packages))
      await symlink(join(ROOT, 'node_modules', scope), join(folder, 'node_modules', scope), 'junction');
    await writeFile(join(folder, 'example.mjs'), withoutTypes(script));
    const outputs: string[] = [];
    for (let i = 0; i < times; i++) {
      const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
        cwd: folder,
        timeout: 30_000,
      });
      expect(stderr).toBe('');
      outputs.push(stdout.replaceAll(/\s+/g, ' '));
    }
    for (const output of outputs) expect(output).toBe(outputs[0]);
    return outputs[0]!;
  });
}

/** What a script says that it prints: the comment behind each `console.log`. */
export function promised(script: string): string {
  const said = [...script.matchAll(/console\.log\(.*\); \/\/ (.*)$/gm)].map(([, text]) => text);
  expect(said.length, 'each line that prints says what').toBe([...script.matchAll(/console\.log\(/g)].length);
  return `${said.join(' ')} `;
}
