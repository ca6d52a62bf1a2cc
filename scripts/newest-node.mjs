/* The newest Node that the tests run on, as its npm package, unpacked in .node/: fetched once. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const VERSION = '26.10.0';

/** Path of its executable. */
export function newestNode() {
  const folder = fileURLToPath(new URL(`../.node/${VERSION}`, import.meta.url));
  const executable = join(folder, 'package/bin/node');
  if (existsSync(executable)) return executable;
  mkdirSync(folder, { recursive: true });
  const run = (command, args) =>
    execFileSync(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
  run('npm', ['pack', '--silent', `node-${process.platform}-${process.arch}@${VERSION}`]);
  run('tar', ['-xzf', readdirSync(folder).find((name) => name.endsWith('.tgz'))]);
  return executable;
}
