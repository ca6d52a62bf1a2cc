/* What is published is made in .package; the root of the repository is not. */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Nobody listens there: nothing could be published, whatever npm makes of the manifest. */
const NOWHERE = '127.0.0.1:1';

test('npm publish in the root of the repository is rejected', () => {
  const folder = mkdtempSync(join(tmpdir(), 'silt-publish-'));
  cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'));
  const registry = ['--registry', `http://${NOWHERE}/`, `--//${NOWHERE}/:_authToken=none`];
  const args = ['publish', '--ignore-scripts', '--fetch-retries=0', ...registry];
  const { status, stderr } = spawnSync('npm', args, { cwd: folder, encoding: 'utf8' });
  rmSync(folder, { recursive: true });
  expect(stderr).toContain('EPRIVATE');
  expect(status).not.toBe(0);
});

test('what is made for publishing can be published: its manifest is not private, and has no scripts', () => {
  const folder = mkdtempSync(join(tmpdir(), 'silt-publish-'));
  execFileSync(process.execPath, [join(ROOT, 'scripts/package/main.mjs'), folder], { stdio: 'ignore' });
  const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<string, unknown>;
  rmSync(folder, { recursive: true });
  expect(manifest).toMatchObject({ name: 'silt', version: expect.stringMatching(/^\d+\.\d+\.\d+$/) });
  expect(manifest).not.toHaveProperty('private');
  expect(manifest).not.toHaveProperty('scripts');
});
