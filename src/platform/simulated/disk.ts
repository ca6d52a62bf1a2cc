/*
 * A disk that can lose its power. What is written and what was synced are kept apart: when the power is lost, each write
 * that was not synced is kept, lost, or torn at its sectors, in whatever order; and so are changes of names that were not
 * synced with their folder. Chance decides, by a rate that is drawn for each loss, all and nothing among them.
 *
 * Folders themselves are there for good once they are made.
 */

const SECTOR_BYTES = 512;

interface Write {
  readonly at: number;
  readonly bytes: Uint8Array;
}
interface Cut {
  readonly cutAt: number;
}

function applied(content: Uint8Array, change: Write | Cut): Uint8Array {
  if ('cutAt' in change) return content.slice(0, change.cutAt);
  const end = change.at + change.bytes.length;
  const next = new Uint8Array(Math.max(content.length, end));
  next.set(content);
  next.set(change.bytes, change.at);
  return next;
}

/** A file, whatever its name. */
export class SimulatedFile {
  content: Uint8Array = new Uint8Array(0);
  #synced = this.content;
  #changes: (Write | Cut)[] = [];

  append(bytes: Uint8Array): void {
    this.#change({ at: this.content.length, bytes: bytes.slice() });
  }

  truncate(bytes: number): void {
    this.#change({ cutAt: bytes });
  }

  #change(change: Write | Cut): void {
    this.#changes.push(change);
    this.content = applied(this.content, change);
  }

  sync(): void {
    this.#synced = this.content;
    this.#changes = [];
  }

  losePower(keep: number, random: () => number): void {
    for (const change of shuffled(this.#changes, random)) {
      if (random() < keep) this.#synced = applied(this.#synced, change);
      else if ('bytes' in change && random() < 0.5) this.#synced = torn(this.#synced, change, random);
    }
    this.content = this.#synced;
    this.#changes = [];
  }
}

/** Some sectors of a write; where none is kept, the file may have grown all the same. */
function torn(content: Uint8Array, { at, bytes }: Write, random: () => number): Uint8Array {
  const keep = random();
  let result = content;
  for (let from = at; from < at + bytes.length; ) {
    const to = Math.min(at + bytes.length, (Math.floor(from / SECTOR_BYTES) + 1) * SECTOR_BYTES);
    const kept = random() < keep ? bytes.slice(from - at, to - at) : new Uint8Array(to - from);
    const isThere = to <= content.length && kept.every((byte) => byte === 0);
    if (!isThere) result = applied(result, { at: from, bytes: kept });
    from = to;
  }
  return result;
}

function shuffled<T>(items: readonly T[], random: () => number): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

type Names = Map<string, SimulatedFile>;
type Renaming = (names: Names) => void;

class Folder {
  names: Names = new Map();
  #synced: Names = new Map();
  #changes: Renaming[] = [];

  change(renaming: Renaming): void {
    this.#changes.push(renaming);
    renaming(this.names);
  }

  sync(): void {
    this.#synced = new Map(this.names);
    this.#changes = [];
  }

  losePower(keep: number, random: () => number): void {
    for (const renaming of shuffled(this.#changes, random)) if (random() < keep) renaming(this.#synced);
    this.names = new Map(this.#synced);
    this.#changes = [];
  }
}

export class Disk {
  readonly #folders = new Map<string, Folder>();
  readonly #random: () => number;

  constructor(random: () => number) {
    this.#random = random;
  }

  makeFolder(path: string): void {
    if (!this.#folders.has(path)) this.#folders.set(path, new Folder());
  }

  folder(path: string): Folder {
    const folder = this.#folders.get(path);
    if (!folder) throw failure('ENOENT', path);
    return folder;
  }

  /** Every file, under whichever name it may be found after a loss of power. */
  losePower(): void {
    const random = this.#random;
    const [most, least] = [1, 0];
    const moods = [least, 0.1, 0.5, 0.9, most, random()];
    const keep = moods[Math.floor(random() * moods.length)]!;
    const files = new Set<SimulatedFile>();
    for (const folder of this.#folders.values()) {
      for (const file of folder.names.values()) files.add(file);
      folder.losePower(keep, random);
      for (const file of folder.names.values()) files.add(file);
    }
    for (const file of files) file.losePower(keep, random);
  }
}

/** An error as a system gives it. */
export function failure(code: string, path: string): Error {
  return Object.assign(new Error(`${code}: ${path}`), { code, syscall: 'simulated' });
}
