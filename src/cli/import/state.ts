/*
 * How far an import has come, in a file beside the database. Points are written under their ids, so that a row that is written twice
 * is there once: this only saves time, and may be behind. It is behind what is on the disk, never ahead, since it is written
 * when a batch is acknowledged. What was changed meanwhile, the file, its columns or the collection, begins at the beginning.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { CollectionInfo } from '../../api/upkeep.js';
import type { Mapping } from './mapping.js';

export class ImportState {
  readonly #path: string;
  readonly #of: string;
  /** Whether it can be gone on with: not from a pipe. */
  readonly #kept: boolean;
  /** Rows of the file that need not be written again. */
  readonly rows: number;

  constructor(directory: string, file: string, mapping: Mapping, { name, createdAt }: CollectionInfo) {
    const found = statSync(file);
    this.#kept = found.isFile();
    this.#path = join(directory, 'import-state.json');
    const { size, mtimeMs } = found;
    this.#of = JSON.stringify([resolve(file), size, mtimeMs, mapping, name, createdAt]);
    this.rows = this.#kept ? this.#read() : 0;
  }

  #read(): number {
    try {
      const { of, rows } = JSON.parse(readFileSync(this.#path, 'utf8'));
      return of === this.#of && Number.isSafeInteger(rows) && rows > 0 ? rows : 0;
    } catch {
      return 0; // none yet, or not a whole one
    }
  }

  reached(rows: number): void {
    if (!this.#kept) return;
    writeFileSync(`${this.#path}.tmp`, JSON.stringify({ of: this.#of, rows }));
    renameSync(`${this.#path}.tmp`, this.#path);
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }
}
