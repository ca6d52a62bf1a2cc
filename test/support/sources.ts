/* The source files, read as text, for tests of style. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT: string = fileURLToPath(new URL('../..', import.meta.url));

export interface Source {
  /** Path from the root of the package, with slashes. */
  readonly path: string;
  readonly text: string;
}

export interface Import {
  readonly from: string;
  /** A path from the root for what is relative, the name as it stands for the rest. */
  readonly to: string;
  /** Gone at run time. */
  readonly typeOnly: boolean;
}

/** TypeScript files below a folder; what is generated is left out. */
export function sourcesOf(folder: string): Source[] {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(ts|tsx|mts|mjs)$/.test(entry.name))
    .map((entry) => relative(ROOT, join(entry.parentPath, entry.name)).replaceAll('\\', '/'))
    .filter((path) => !path.includes('/generated/'))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));
}

const STATEMENT = /^\s*(?:import|export)\s+(type\s)?([^'";]*?from\s+)?'([^']+)'/gm;
const DYNAMIC = /(?:import|requireNative)\(\s*'([^']+)'\s*\)/g;

export function importsOf({ path, text }: Source): Import[] {
  const resolve = (to: string): string =>
    to.startsWith('.') ? posix.join(dirname(path), to).replace(/\.js$/, '.ts') : to;
  const found: Import[] = [];
  for (const [, type, names = '', to] of text.matchAll(STATEMENT)) {
    // `import { type A, type B }` is gone at run time as well.
    const braces = /^\{(.*)\}\s*from/s.exec(names.trim())?.[1];
    const allTypes =
      braces?.split(',').every((name) => !name.trim() || name.trim().startsWith('type ')) ?? false;
    found.push({ from: path, to: resolve(to!), typeOnly: type !== undefined || allTypes });
  }
  for (const [, to] of text.matchAll(DYNAMIC)) found.push({ from: path, to: resolve(to!), typeOnly: false });
  return found;
}
