/*
 * A row whose linking ends the process would end it again after every opening. So a record of the store says that
 * a build is under way; one that is found at opening was cut short. After two of those, builds link fewer and
 * fewer rows at a time, until the one row is found that never ends: it goes into quarantine, where the
 * exact scan still finds it.
 */
import { CollectionNotFoundError } from '../../base/errors.js';
import { ROW_STRIKES_MAX } from '../../base/limits.js';
import type { RecordChange } from '../../store/entry.js';
import { LINKING, QUARANTINE, recordOf } from '../../store/records.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import type { WriteQueue } from '../write/queue.js';

interface Suspect {
  /** The first row that waited when a build was cut short, and how many it was to link. */
  readonly row: number;
  readonly most: number;
  /** Builds cut short here. */
  readonly strikes: number;
}

/** Each time a build is cut short, the next links so many times fewer rows. */
const NARROWER = 32;
const ALL = Number.MAX_SAFE_INTEGER;

/** What stands for a field of a collection in the names of records: the unnamed one needs no number. */
function keyOfField(collection: number, field: number): string {
  return field === 0 ? `${collection}` : `${collection}.${field}`;
}

/** Takes away what is noted of a field. */
export function recordsOfField(collection: number, field: number): RecordChange[] {
  const of = keyOfField(collection, field);
  return [
    [LINKING + of, undefined],
    [QUARANTINE + of, undefined],
  ];
}

export class CrashLoop {
  readonly #live: LiveIndex;
  readonly #field: LiveField;
  readonly #queue: WriteQueue;
  readonly #ending: AbortSignal;
  readonly #linkingKey: string;
  readonly #quarantineKey: string;
  /** Where builds were cut short before this opening, or where the next narrow one begins. */
  #suspect: Suspect | undefined;
  #attempt: Suspect | undefined;

  constructor(live: LiveIndex, field: LiveField, queue: WriteQueue, ending: AbortSignal) {
    this.#live = live;
    this.#field = field;
    this.#queue = queue;
    this.#ending = ending;
    const of = keyOfField(live.collection, field.spec.number);
    this.#linkingKey = LINKING + of;
    this.#quarantineKey = QUARANTINE + of;
    if (this.#notes) this.#suspect = this.#read<Suspect>(this.#linkingKey);
    for (const row of this.#read<number[]>(this.#quarantineKey) ?? []) this.#quarantine(row);
  }

  /** A store in memory does not outlive what ends the process; one that another process writes has its notes. */
  get #notes(): boolean {
    const { path, readOnly } = this.#live.store;
    return path !== undefined && !readOnly && !this.#dropped;
  }

  get #dropped(): boolean {
    return !this.#live.stored.isOf(this.#field.spec);
  }

  #read<T>(key: string): T | undefined {
    return recordOf<T>(this.#live.store, key);
  }

  #quarantine(row: number): void {
    const slot = this.#live.rows.slotOf(row);
    const place = slot === undefined ? undefined : this.#field.part.places.placeOf(slot);
    if (place !== undefined) this.#field.engine.quarantine(place);
  }

  /** Notes that a build begins; returns how many rows it may link. */
  async before(): Promise<number> {
    if (!this.#notes) return ALL; // where the field was dropped, the build ends before it begins
    const field = this.#field;
    const row = field.oldestPending;
    const waits = this.#suspect && row !== this.#suspect.row && field.isPending(this.#suspect.row);
    // By number, a row whose vector was changed is before those that wait before it.
    if (waits) return Math.max(1, field.waitingBefore(this.#suspect!.row));
    // A suspect that was replaced, deleted or linked is none any more; what waits behind it has not been tried.
    if (this.#suspect && row > this.#suspect.row) this.#suspect = behind(row, this.#suspect.most);
    const suspect = this.#suspect;
    // What lies before the suspect came through the last time; the record of the suspect stays as it is.
    if (suspect && row < suspect.row) return field.waitingBelow(suspect.row);
    const next = suspect
      ? closerAt(row, suspect, field.engine.build.pending)
      : { row, most: ALL, strikes: 1 };
    if (next === 'poisonous') {
      await this.#expel(row);
      return this.before();
    }
    this.#attempt = next;
    await this.#note(next);
    return next.most;
  }

  /** Notes that the build came to an end, and the process with it not. */
  async after(): Promise<void> {
    if (!this.#notes) return;
    const row = this.#field.oldestPending;
    const suspect = this.#suspect;
    const passed = suspect && row > suspect.row && !this.#field.isPending(suspect.row);
    // What ends the process lies behind the rows that a narrow build linked, and is looked for as narrowly there.
    if (row === 0) this.#suspect = undefined;
    else if (passed) this.#suspect = behind(row, this.#attempt?.most ?? ALL);
    await this.#note(this.#suspect);
  }

  /** It has to survive the end of the process, and no more: a flush for each would cost small builds the most. */
  #note(suspect: Suspect | undefined): Promise<void> {
    return this.#record([[this.#linkingKey, suspect]], false);
  }

  /** Puts a row into quarantine for good. */
  async #expel(row: number): Promise<void> {
    const rows = [...(this.#read<number[]>(this.#quarantineKey) ?? []), row];
    this.#suspect = undefined;
    await this.#record([
      [this.#quarantineKey, rows],
      [this.#linkingKey, undefined],
    ]);
    this.#quarantine(row);
  }

  /** A disk that takes no records is no reason not to link. */
  async #record(records: readonly RecordChange[], flush = true): Promise<void> {
    // Those of a collection or field that was dropped are gone, and nobody would delete them again.
    const dropped = (): boolean => this.#dropped || this.#ending.reason instanceof CollectionNotFoundError;
    await this.#queue.commit({ records, flush }, dropped).catch(() => {});
  }
}

/** The suspect when those before it came through. */
function behind(row: number, most: number): Suspect {
  return { row, most, strikes: ROW_STRIKES_MAX - 1 };
}

/** The next attempt at rows where builds were cut short. */
function closerAt(row: number, suspect: Suspect, pending: number): Suspect | 'poisonous' {
  if (suspect.strikes < ROW_STRIKES_MAX) return { row, most: suspect.most, strikes: suspect.strikes + 1 };
  if (suspect.most === 1) return 'poisonous';
  return { row, most: Math.ceil(Math.min(suspect.most, pending) / NARROWER), strikes: ROW_STRIKES_MAX };
}
