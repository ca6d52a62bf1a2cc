// @ts-check
// What a folder takes on the disk, and what it is a disk of.
import { existsSync, readdirSync, statfsSync, statSync } from 'node:fs';
import path from 'node:path';

const BLOCK = 512; // unit of st_blocks, whatever the file system

/** File systems in memory: a flush to them costs nothing and proves nothing. */
const IN_MEMORY = [0x01021994, 0x858458f6];

/** @param {string} folder @returns {number} bytes of all blocks that its files have */
export function bytesOnDisk(folder) {
  if (!existsSync(folder)) return 0;
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, entry) => sum + statSync(path.join(entry.parentPath, entry.name)).blocks * BLOCK, 0);
}

/** @param {string} folder @returns {string} for tables: empty, or why figures about flushing mean nothing */
export function diskWarning(folder) {
  return IN_MEMORY.includes(statfsSync(folder).type)
    ? 'THE FOLDER IS IN MEMORY: no figure here says anything about a disk\n'
    : '';
}
