/* Examples of the documentation: scripts of its blocks, run as they stand in a folder where the package is installed. */
import { execFile } from 'node:child_process';
import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
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

/** Runs a script in a folder of its own; returns what it prints, in one line. */
export function printed(script: string): Promise<string> {
  return withFolder(async (folder) => {
    await mkdir(join(folder, 'node_modules'));
    await symlink(ROOT, join(folder, 'node_modules', 'silt'), 'junction');
    await writeFile(join(folder, 'example.mjs'), script);
    const { stdout, stderr } = await promisify(execFile)(process.execPath, ['example.mjs'], {
      cwd: folder,
      timeout: 30_000,
    });
    expect(stderr).toBe('');
    return stdout.replaceAll(/\s+/g, ' ');
  });
}
