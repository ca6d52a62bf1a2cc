/*
 * How far an import has come, in a file beside the database, or through a server beside the file that is read. Points are written under
 * their ids, so that a row that is written twice is there once: this only saves time, and may be behind. It is behind what is on the
 * disk, never ahead, since it is written when a batch is acknowledged. What was changed meanwhile, the file, its columns or the
 * collection, begins at the beginning.
 */
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { CollectionInfo } from '../../api/upkeep.js';
import type { Mapping } from './mapping.js';

export interface ImportOf {
  /** That is read. */
  readonly file: string;
  readonly mapping: Mapping;
  /** The address of the server that is written to; undefined for a folder. */
  readonly server?: string | undefined;
  note(line: string): void;
}

export class ImportState {
  readonly #path: string;
  readonly #of: string;
  readonly #note: (line: string) => void;
  /** Whether it can be gone on with: not from a pipe, and not where its file cannot be written. */
  #kept: boolean;
  /** Rows of the file that need not be written again. */
  readonly rows: number;

  constructor(path: string, { file, mapping, server, note }: ImportOf, { name, createdAt }: CollectionInfo) {
    const found = statSync(file);
    this.#kept = found.isFile();
    this.#path = path;
    this.#note = note;
    const { size, mtimeMs } = found;
    this.#of = JSON.stringify([resolve(file), size, mtimeMs, mapping, name, createdAt, server]);
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
    try {
      writeFileSync(`${this.#path}.tmp`, JSON.stringify({ of: this.#of, rows }));
      renameSync(`${this.#path}.tmp`, this.#path);
    } catch (error) {
      this.#kept = false;
      this.#note(
        `${this.#path} cannot be written (${(error as Error).message}): if this is cut short, the next import begins at the beginning`,
      );
    }
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }
}
