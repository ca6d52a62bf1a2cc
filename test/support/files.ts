/* Temporary folders. */
import { mkdtempSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';

/** Runs `use` with a new folder, and removes it afterwards. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'silt-test-'));
  try {
    return await use(folder);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** A new folder for all tests of a file. It is removed behind them, and behind what the file itself does then. */
export function folderOfFile(): string {
  const folder = mkdtempSync(join(tmpdir(), 'silt-test-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}
