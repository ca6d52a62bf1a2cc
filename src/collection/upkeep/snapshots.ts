/*
 * When the files of a collection are written: snapshots of its fields (field-snapshot.ts, inverted-file.ts), its slots
 * (slots-file.ts), and its payload indexes (payload-file.ts).
 *
 * Slots come first: what the others have of slots beyond those is not believed when they are read. Files that are small, or took
 * long to make, come before graphs, since closing has a limit of time.
 */
import { asidePath, type Files, isMissing } from '../../platform/files.js';
import type { LiveIndex } from '../live-index.js';
import { type CollectionRecord, fieldsEver } from '../record.js';
import { FieldSnapshot, snapshotPath } from './field-snapshot.js';
import { InvertedFile, invertedPath, type ReadInverted } from './inverted-file.js';
import { PayloadFile } from './payload-file.js';
import { type FileMark, SlotsFile, slotsPath } from './slots-file.js';

/** Share of rows that changed since the last snapshot, and how many at least, before another is worth its time. */
const CHANGED_SHARE = 0.25;
const CHANGED_ROWS = 1_000;

/** A file of one field. */
interface FieldFile {
  readonly changes: { readonly changed: number; readonly rows: number };
  /** Which file has everything that the field has now; undefined for none. */
  readonly whole: FileMark | undefined;
  save(signal?: AbortSignal): Promise<void>;
}

/** What is asked to be written. */
type What = 'worth it' | 'new' | 'inverted' | 'all' | 'payloads';

function isWorthIt({ changes }: FieldFile): boolean {
  return changes.changed >= Math.max(CHANGED_ROWS, CHANGED_SHARE * changes.rows);
}

/** What was read at opening. */
export interface Loaded {
  /** Up to which operation the snapshots of graphs have the vectors, in the order of the fields. */
  readonly graphs: readonly (number | undefined)[];
  readonly slots: { readonly layout: string; readonly seq: number } | undefined;
  /** By the number of the field. */
  readonly inverted: ReadonlyMap<number, ReadInverted>;
}

export class Snapshots {
  readonly #live: LiveIndex;
  readonly #folder: string | undefined;
  #graphs: readonly FieldSnapshot[] = [];
  #inverted: ReadonlyMap<number, InvertedFile> = new Map();
  /** Where each point has one vector, and nothing else, the snapshot of that says which slots there are. */
  #slots: SlotsFile | undefined;
  readonly #payloads: PayloadFile | undefined;
  #running: Promise<void> | undefined;
  readonly #waiting = new Map<What, Promise<void>>();

  constructor(live: LiveIndex, folder: string | undefined) {
    this.#live = live;
    this.#folder = folder;
    this.follow();
    if (folder !== undefined) this.#payloads = new PayloadFile(live, payloadPath(folder, live.collection));
  }

  /** Of the fields that there are now. Returns the numbers of those with inverted indexes that are no more. */
  follow(): number[] {
    const [live, folder, graphs, inverted] = [this.#live, this.#folder, this.#graphs, this.#inverted];
    if (folder === undefined) return [];
    this.#graphs = live.graphs.map(
      (field) => graphs.find((one) => one.field === field) ?? new FieldSnapshot(live, field, folder),
    );
    this.#inverted = new Map(
      live.inverted.map(({ spec: { number } }) => [
        number,
        inverted.get(number) ?? new InvertedFile(live, number, folder),
      ]),
    );
    if (!live.stored.plain) this.#slots ??= new SlotsFile(live, folder);
    return [...inverted.keys()].filter((number) => !this.#inverted.has(number));
  }

  /** Removes the files of a field that is no more, behind what is being written. */
  async remove(field: number): Promise<void> {
    const [folder, { collection, platform }] = [this.#folder, this.#live];
    if (folder === undefined) return;
    await this.settled();
    for (const path of pathsOf(folder, collection, field)) await platform.files.remove(path);
  }

  /** Takes what was just read from the files for what they hold. */
  loaded({ graphs, slots, inverted }: Loaded): void {
    for (const [i, seq] of graphs.entries()) if (seq !== undefined) this.#graphs[i]?.loaded(seq);
    if (slots) {
      this.#slots?.loaded(slots);
      for (const [number, read] of inverted) this.#inverted.get(number)?.loaded(read, slots.layout);
    }
    if (slots || (this.#live.stored.plain && graphs[0] !== undefined)) this.#payloads?.loaded();
  }

  get #all(): readonly FieldFile[] {
    return [...this.#inverted.values(), ...this.#graphs];
  }

  /** Writes those snapshots where so much has changed that reading them saves more than writing them costs. */
  saveIfWorthIt(signal: AbortSignal): Promise<void> {
    return this.#saveThose('worth it', () => this.#all.filter(isWorthIt), signal);
  }

  /** Writes the snapshots of graphs that have none: opening would look at all rows for what is in these. */
  saveNew(signal: AbortSignal): Promise<void> {
    return this.#saveThose('new', () => this.#graphs.filter(({ isNew }) => isNew), signal);
  }

  /** Whether an inverted index has changed so much, and nobody waits to write it: graphs are written when they were built. */
  get invertedDue(): boolean {
    return !this.#waiting.has('inverted') && [...this.#inverted.values()].some(isWorthIt);
  }

  /** Writes what `invertedDue` is about. */
  saveInverted(signal: AbortSignal): Promise<void> {
    return this.#saveThose('inverted', () => [...this.#inverted.values()].filter(isWorthIt), signal);
  }

  /** Writes snapshots if anything has changed. `signal` gives it up: those before stay. */
  save(signal?: AbortSignal): Promise<void> {
    return this.#alone('all', () => this.#save(this.#all, signal), signal);
  }

  /** Writes payload indexes alone, if anything has changed. */
  savePayloads(signal?: AbortSignal): Promise<void> {
    return this.#alone('payloads', () => this.#save([], signal), signal);
  }

  #saveThose(what: What, those: () => readonly FieldFile[], signal: AbortSignal): Promise<void> {
    const work = async (): Promise<void> => {
      const fields = those();
      if (fields.length > 0) await this.#save(fields, signal);
    };
    return this.#alone(what, work, signal);
  }

  /**
   * Does `work` when nothing else is being written. What is being written may lack what came since it began: so the same waits once
   * behind it, and looks at what there is then.
   */
  #alone(what: What, work: () => Promise<void>, signal: AbortSignal | undefined): Promise<void> {
    const before = this.#waiting.get(what);
    if (before) return before;
    const waiting = (async () => {
      do await this.#running?.catch(() => {});
      while (this.#running);
      this.#waiting.delete(what);
      signal?.throwIfAborted();
      this.#running = work().finally(() => {
        this.#running = undefined;
      });
      await this.#running;
    })();
    this.#waiting.set(what, waiting);
    return waiting;
  }

  async #save(fields: readonly FieldFile[], signal: AbortSignal | undefined): Promise<void> {
    if (this.#live.poison) return; // the files before are in step with the store, as far as they go
    await this.#saveSlots(signal);
    for (const field of fields) if (this.#all.includes(field)) await field.save(signal); // else it was dropped
    await this.#payloads?.save(signal);
  }

  async #saveSlots(signal: AbortSignal | undefined): Promise<void> {
    await this.#slots?.save(this.#whole(), signal);
  }

  /** The files that have everything their fields have, by the numbers of these. */
  #whole(): (readonly [number, FileMark])[] {
    const graphs = this.#graphs.map((file) => [file.field.spec.number, file] as const);
    return [...graphs, ...this.#inverted].flatMap(([number, { whole }]) =>
      whole === undefined ? [] : [[number, whole] as const],
    );
  }

  /** Resolves when no file is being written, nor waits to be, whether that succeeded or failed. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#waiting.values());
    await this.#running?.catch(() => {});
  }
}

export function payloadPath(folder: string, collection: number): string {
  return `${folder}/${collection}.payloads`;
}

function pathsOf(folder: string, collection: number, field: number): string[] {
  return [snapshotPath(folder, collection, field), invertedPath(folder, collection, field)].flatMap(
    withAside,
  );
}

/** The path of a file, and where it is when it was set aside: it goes with what it was of. */
function withAside(path: string): string[] {
  return [path, asidePath(path)];
}

/** Removes the files of fields that were dropped, where the process ended before it could. */
export async function removeDropped(
  files: Files,
  folder: string,
  record: Pick<CollectionRecord, 'id' | 'fields' | 'fieldsEver'>,
): Promise<void> {
  const numbers = Object.values(record.fields ?? {});
  if (fieldsEver(record) === numbers.length) return;
  const kept = [0, ...numbers].flatMap((field) => pathsOf(folder, record.id, field));
  kept.push(...[slotsPath(folder, record.id), payloadPath(folder, record.id)].flatMap(withAside));
  for (const path of await filesOf(files, folder, record.id))
    if (!kept.includes(path)) await files.remove(path);
}

/** Endings of the files of collections. */
const ENDINGS = ['.snapshot', '.inverted', '.slots', '.payloads'].flatMap(withAside);

/** Paths of all that there are of a collection. */
async function filesOf(files: Files, folder: string, collection: number): Promise<string[]> {
  try {
    const names = await files.list(folder);
    const own = names.filter(
      (name) => name.startsWith(`${collection}.`) && ENDINGS.some((ending) => name.endsWith(ending)),
    );
    return own.map((name) => `${folder}/${name}`);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return [];
  }
}

export async function removeSnapshot(files: Files, folder: string, collection: number): Promise<void> {
  await files.remove(snapshotPath(folder, collection, 0));
  await files.remove(payloadPath(folder, collection));
  for (const path of await filesOf(files, folder, collection)) await files.remove(path);
  try {
    // Before the record of the drop goes: nobody would remove files whose names came back with a loss of power.
    await files.syncFolder(folder);
  } catch (error) {
    if (!isMissing(error)) throw error; // without the folder, no name comes back
  }
}
