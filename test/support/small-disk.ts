/* A disk that is soon full. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'vitest';

/** A file system of its own, so small that it can be filled; the test is skipped where none may be mounted. */
export async function withSmallDisk(
  context: TestContext,
  bytes: number,
  use: (folder: string) => Promise<void>,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'silt-disk-'));
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'silt-test', folder], { stdio: 'pipe' });
  } catch (error) {
    rmdirSync(folder);
    context.skip(`no file system can be mounted here: ${String((error as Error).message).trim()}`);
  }
  try {
    await use(folder);
  } finally {
    execFileSync('umount', ['-l', folder]);
    rmdirSync(folder);
  }
}
