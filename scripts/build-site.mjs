/* The documentation site: guides, reference and the public API from their sources, as static files that search offline. */
import { execFileSync } from 'node:child_process';
import { cpSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
/** `npm run docs -- FOLDER` builds it elsewhere. */
const SITE = resolve(process.argv[2] ?? join(ROOT, 'site'));
const TYPEDOC = join(dirname(createRequire(import.meta.url).resolve('typedoc/package.json')), 'bin/typedoc');

rmSync(SITE, { recursive: true, force: true });
execFileSync(process.execPath, [TYPEDOC, '--out', SITE], { cwd: ROOT, stdio: 'inherit' });
// For language models: the list of pages, and the pages as they were written, at the addresses that it names.
cpSync(join(ROOT, 'docs'), SITE, { recursive: true });
console.log(`open ${join(SITE, 'index.html')}`);
