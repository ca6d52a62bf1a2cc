/* When the snapshots of a collection are written: those of its fields (field-snapshot.ts), and its payload indexes. */
import { type Files, isMissing } from '../../platform/files.js';
import type { LiveIndex } from '../live-index.js';
import { type CollectionRecord, fieldsEver } from '../record.js';
import { FieldSnapshot, snapshotPath } from './field-snapshot.js';
import { PayloadFile } from './payload-file.js';

/** Share of rows that changed since the last snapshot, and how many at least, before another is worth its time. */
const CHANGED_SHARE = 0.25;
const CHANGED_ROWS = 1_000;

export class Snapshots {
  readonly #live: LiveIndex;
  readonly #folder: string | undefined;
  #fields: readonly FieldSnapshot[] = [];
  readonly #payloads: PayloadFile | undefined;
  #running: Promise<void> | undefined;
  /** What is running does not write all. */
  #some = false;

  constructor(live: LiveIndex, folder: string | undefined) {
    this.#live = live;
    this.#folder = folder;
    this.follow();
    if (folder !== undefined) this.#payloads = new PayloadFile(live, payloadPath(folder, live.collection));
  }

  /** Of the fields that there are now. */
  follow(): void {
    const [live, folder, known] = [this.#live, this.#folder, this.#fields];
    if (folder === undefined) return;
    this.#fields = live.graphs.map(
      (field) => known.find((one) => one.field === field) ?? new FieldSnapshot(live, field, folder),
    );
  }

  /** Removes the file of a field that is no more, behind what is being written. */
  async remove(field: number): Promise<void> {
    const [folder, { collection, platform }] = [this.#folder, this.#live];
    if (folder === undefined) return;
    await this.settled();
    await platform.files.remove(snapshotPath(folder, collection, field));
  }

  /** Takes what was just read from the files for what they hold. */
  loaded(): void {
    for (const field of this.#fields) field.loaded();
    this.#payloads?.loaded();
  }

  /** Writes those snapshots where so much has changed that reading them saves more than writing them costs. */
  async saveIfWorthIt(signal: AbortSignal): Promise<void> {
    const isWorthIt = ({ changes }: FieldSnapshot): boolean =>
      changes.changed >= Math.max(CHANGED_ROWS, CHANGED_SHARE * changes.rows);
    const fields = this.#fields.filter(isWorthIt);
    if (fields.length > 0) await this.#saveThose(fields, signal);
  }

  /**
   * Writes those of fields that have none. Opening goes by the oldest of all: without one, it would take up the rows of all fields
   * again.
   */
  async saveNew(signal: AbortSignal): Promise<void> {
    const fields = this.#fields.filter(({ isNew }) => isNew);
    if (fields.length > 0) await this.#saveThose(fields, signal);
  }

  /** Writes snapshots if anything has changed. `signal` gives it up: those before stay. */
  async save(signal?: AbortSignal): Promise<void> {
    while (this.#some) await this.#running?.catch(() => {}); // it leaves some out
    await this.#saveThose(this.#fields, signal);
  }

  #saveThose(fields: readonly FieldSnapshot[], signal: AbortSignal | undefined): Promise<void> {
    this.#some = this.#running ? this.#some : fields.length < this.#fields.length;
    this.#running ??= this.#save(fields, signal).finally(() => {
      this.#running = undefined;
      this.#some = false;
    });
    return this.#running;
  }

  async #save(fields: readonly FieldSnapshot[], signal: AbortSignal | undefined): Promise<void> {
    if (this.#live.poison) return; // the files before are in step with the store, as far as they go
    for (const field of fields) if (this.#fields.includes(field)) await field.save(signal); // else it was dropped
    await this.#payloads?.save(signal);
  }

  /** Writes payload indexes alone, if anything has changed. */
  async savePayloads(signal?: AbortSignal): Promise<void> {
    await this.#running?.catch(() => {});
    await this.#payloads?.save(signal);
  }

  /** Resolves when no file is being written, whether that succeeded or failed. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {});
    await this.#payloads?.settled();
  }
}

export function payloadPath(folder: string, collection: number): string {
  return `${folder}/${collection}.payloads`;
}

/** Removes the files of fields that were dropped, where the process ended before it could. */
export async function removeDropped(
  files: Files,
  folder: string,
  record: Pick<CollectionRecord, 'id' | 'fields' | 'fieldsEver'>,
): Promise<void> {
  const numbers = Object.values(record.fields ?? {});
  if (fieldsEver(record) === numbers.length) return;
  const kept = [0, ...numbers].map((field) => snapshotPath(folder, record.id, field));
  for (const path of await snapshotsIn(files, folder, record.id))
    if (!kept.includes(path)) await files.remove(path);
}

/** Paths of all that there are of a collection. */
async function snapshotsIn(files: Files, folder: string, collection: number): Promise<string[]> {
  try {
    const names = await files.list(folder);
    const own = names.filter((name) => name.startsWith(`${collection}.`) && name.endsWith('.snapshot'));
    return own.map((name) => `${folder}/${name}`);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return [];
  }
}

export async function removeSnapshot(files: Files, folder: string, collection: number): Promise<void> {
  await files.remove(snapshotPath(folder, collection, 0));
  await files.remove(payloadPath(folder, collection));
  for (const path of await snapshotsIn(files, folder, collection)) await files.remove(path);
  try {
    // Before the record of the drop goes: nobody would remove files whose names came back with a loss of power.
    await files.syncFolder(folder);
  } catch (error) {
    if (!isMissing(error)) throw error; // without the folder, no name comes back
  }
}
