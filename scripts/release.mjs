/*
 * Makes a release ready: node scripts/release.mjs [--dry]. Builds, tests, packs, and tries the package in an empty folder.
 * Publishes nothing: what is left to do is printed. With --dry, a tree with changes is taken, and tests are left out.
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const dry = process.argv.includes('--dry');

function run(command, args, { cwd = ROOT, quiet = false } = {}) {
  console.log(`> ${command} ${args.join(' ')}`);
  return execFileSync(command, args, {
    cwd,
    stdio: ['ignore', quiet ? 'pipe' : 'inherit', 'inherit'],
    encoding: 'utf8',
  });
}

function stop(why) {
  console.error(`not ready: ${why}`);
  process.exit(1);
}

const { name, version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
const [, section] = readFileSync(join(ROOT, 'CHANGELOG.md'), 'utf8').split(`\n## ${version}`);
if (section === undefined)
  stop(`CHANGELOG.md has no section "## ${version}"; what is under "Unreleased" belongs there`);
if (!dry) {
  const changes = run('git', ['status', '--porcelain'], { quiet: true });
  if (changes !== '') stop(`the tree has changes:\n${changes}`);
  if (run('git', ['tag', '--list', `v${version}`], { quiet: true }) !== '')
    stop(`v${version} is tagged already`);
  run('npm', ['ci']);
  run('npm', ['run', 'test:all']);
} else run('npm', ['run', 'build']);
run('npm', ['run', 'package']);

const folder = mkdtempSync(join(tmpdir(), 'silt-release-'));
const [{ filename, size, files }] = JSON.parse(
  run('npm', ['pack', '--json', '--pack-destination', './.package', './.package'], { quiet: true }),
);
const tarball = join(ROOT, '.package', filename);

/** What a user's first minute needs of the package, and none of this folder. */
const PROGRAM = `import { open } from '${name}';
for (let times = 1; times <= 2; times++) {
  const db = await open('data');
  const points = db.collections().length ? db.collection('p') : await db.createCollection('p', { dimension: 3, metric: 'cosine' });
  await points.upsert({ id: times, vector: [1, times, 0], payload: { times } });
  const [hit] = await points.search([1, times, 0], { k: 1 });
  if (hit.id !== times || (await points.count()) !== times) throw new Error('found ' + JSON.stringify(hit));
  await db.close();
}
console.log('the package works');
`;
writeFileSync(join(folder, 'package.json'), '{ "private": true, "type": "module" }\n');
writeFileSync(join(folder, 'try.mjs'), PROGRAM);
run('npm', ['install', '--no-audit', '--no-fund', tarball], { cwd: folder });
run(process.execPath, ['try.mjs'], { cwd: folder });
run(process.execPath, ['-e', `if (!require('${name}').open) process.exit(1)`], { cwd: folder });
rmSync(folder, { recursive: true });

console.log(`
${filename}: ${files.length} files, ${(size / 1024).toFixed(0)} KiB. Left to do, by hand:
  git tag v${version} && git push origin v${version}
  npm publish .package/${filename}`);
