/* How far a copy has come, in a file for each server: what was killed goes on from there. */
import { createHash } from 'node:crypto';
import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse, stringify } from '../../server/http/json.js';

/** Of one collection. */
export interface Reached {
  /** Where the next page begins; null behind the last. */
  readonly offset: unknown;
  readonly points: number;
  /** Ids that are looked at again at the end. */
  readonly sample: readonly unknown[];
  /** Whether it began by replacing what was there. */
  readonly overwrites: boolean;
}

/** Whether an entry is as this release writes it: one of another is not gone on with. */
function isReached(entry: [string, unknown]): entry is [string, Reached] {
  const { points, sample, overwrites } = (entry[1] ?? {}) as Partial<Reached>;
  return Number.isInteger(points) && Array.isArray(sample) && typeof overwrites === 'boolean';
}

/** Sixteen digits in the place of an address, which has letters that names of files do not. */
const digest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 16);

export class State {
  readonly #path: string;
  readonly #between: string;
  #reached: Record<string, Reached> = {};

  /** A copy of a folder to a server or from it: each server has a file of its own. */
  constructor(folder: string, way: 'push' | 'pull', url: string) {
    this.#path = join(folder, `${way}-state-${digest(url)}.json`);
    this.#between = `${way} ${url}`;
    try {
      const found = parse(readFileSync(this.#path, 'utf8')) as { between: string; reached: object };
      if (found.between !== this.#between) return;
      this.#reached = Object.fromEntries(Object.entries(found.reached).filter(isReached));
    } catch {} // none yet, or not a whole one: it begins at the beginning
  }

  of(collection: string): Reached | undefined {
    return Object.hasOwn(this.#reached, collection) ? this.#reached[collection] : undefined;
  }

  set(collection: string, reached: Reached): void {
    this.#reached = { ...this.#reached, [collection]: reached };
    this.#write();
  }

  /** Of this one, a copy begins at the beginning. */
  drop(collection: string): void {
    delete this.#reached[collection];
    this.#write();
  }

  #write(): void {
    writeFileSync(`${this.#path}.tmp`, stringify({ between: this.#between, reached: this.#reached }));
    renameSync(`${this.#path}.tmp`, this.#path);
  }

  forget(): void {
    rmSync(this.#path, { force: true });
  }
}
