/*
 * A row whose linking ends the process would end it again after every opening. So a record of the store says that
 * a build is under way; one that is found at opening was cut short. After two of those, builds link fewer and
 * fewer rows at a time, until the one row is found that never ends: it goes into quarantine, where the
 * exact scan still finds it. Where all that was to be linked at once came through narrowly, something else ended the
 * process, such as whoever killed it: builds become as wide again as before.
 *
 * A row is looked for by the vector that it has: one that was changed is another, and has another place.
 */
import { CollectionNotFoundError } from '../../base/errors.js';
import { ROW_STRIKES_MAX } from '../../base/limits.js';
import type { RecordChange } from '../../store/entry.js';
import { LINKING, QUARANTINE, recordOf } from '../../store/records.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import type { WriteQueue } from '../write/queue.js';

/** A row with one of its vectors. */
interface Version {
  readonly row: number;
  /** The operation that changed the vector; left out where none has. */
  readonly at?: number;
}

interface Suspect extends Version {
  /** The first row that waited when a build was cut short: how many that was to link, and how many were cut short here. */
  readonly most: number;
  readonly strikes: number;
  /** Narrow builds in a row that came through, as wide as this one; left out where none has. */
  readonly through?: number;
  /** A build of what lies before it was under way. */
  readonly before?: boolean;
}

/** Of a row in quarantine; of one that was changed, its version. */
type Expelled = number | readonly [row: number, at: number];

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
    for (const one of this.#expelled) {
      const [row, at] = typeof one === 'number' ? [one] : one;
      if (this.#isOfNow({ row, ...(at !== undefined && { at }) })) this.#quarantine(row);
    }
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

  get #expelled(): readonly Expelled[] {
    return this.#read<readonly Expelled[]>(this.#quarantineKey) ?? [];
  }

  /** A row as it is now. */
  #versionOf(row: number): Version {
    const at = this.#live.stored.changedAt(row, this.#field.spec.number);
    return { row, ...(at > 0 && { at }) };
  }

  #isOfNow({ row, at }: Version): boolean {
    return this.#versionOf(row).at === at;
  }

  #waits(suspect: Version): boolean {
    return this.#field.isPending(suspect.row) && this.#isOfNow(suspect);
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
    const known = this.#suspect;
    if (known && !(known.row === row && this.#isOfNow(known))) {
      const ahead = this.#ahead(known, row);
      // What lies before the suspect came through the last time, or most of it: it is linked at once, and that is noted.
      if (ahead > 0 && !known.before) {
        await this.#note({ ...known, before: true });
        return ahead;
      }
      // Where that was cut short, too, it is looked for there, from the beginning. A suspect that was replaced, deleted, changed
      // or linked is none any more; what waits behind it has not been tried.
      this.#suspect = ahead > 0 ? undefined : behind(this.#versionOf(row), known.most);
    }
    const suspect = this.#suspect;
    const next = suspect
      ? closerAt(this.#versionOf(row), suspect, field.engine.build.pending)
      : { ...this.#versionOf(row), most: ALL, strikes: 1 };
    if (next === 'poisonous') {
      await this.#expel(row);
      return this.before();
    }
    this.#attempt = next;
    await this.#note(next);
    return next.most;
  }

  /** How many vectors wait before a suspect, of which `row` has the first; 0 where that is gone, and they lie behind it. */
  #ahead(suspect: Suspect, row: number): number {
    if (this.#waits(suspect)) return Math.max(1, this.#field.waitingBefore(suspect.row));
    return row < suspect.row ? Math.max(1, this.#field.waitingBelow(suspect.row)) : 0;
  }

  /** Notes that the build came to an end, and the process with it not. */
  async after(): Promise<void> {
    if (!this.#notes) return;
    const row = this.#field.oldestPending;
    const suspect = this.#suspect;
    const passed = suspect && row > suspect.row && !this.#waits(suspect);
    // What ends the process lies behind the rows that a narrow build linked, and is looked for as narrowly there.
    if (row === 0) this.#suspect = undefined;
    else if (passed) this.#suspect = wider(this.#versionOf(row), this.#attempt);
    await this.#note(this.#suspect);
  }

  /** It has to survive the end of the process, and no more: a flush for each would cost small builds the most. */
  #note(suspect: Suspect | undefined): Promise<void> {
    return this.#record([[this.#linkingKey, suspect]], false);
  }

  /** Puts a row into quarantine for good. */
  async #expel(row: number): Promise<void> {
    const { at } = this.#versionOf(row);
    const rows: Expelled[] = [...this.#expelled, at === undefined ? row : [row, at]];
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
function behind(first: Version, most: number): Suspect {
  return { ...first, most, strikes: ROW_STRIKES_MAX - 1 };
}

/** The suspect behind an attempt that came through: as wide as those before, until these were as many rows as had been linked at once. */
function wider(first: Version, attempt: Suspect | undefined): Suspect {
  const { most, through = 0 } = attempt ?? { most: ALL };
  if (through + 1 < NARROWER) return { ...behind(first, most), through: through + 1 };
  return behind(first, Math.min(ALL, most * NARROWER));
}

/** The next attempt at rows where builds were cut short. */
function closerAt(first: Version, suspect: Suspect, pending: number): Suspect | 'poisonous' {
  const { most, strikes, through } = suspect;
  if (strikes < ROW_STRIKES_MAX)
    return { ...first, most, strikes: strikes + 1, ...(through !== undefined && { through }) };
  if (most === 1) return 'poisonous';
  return { ...first, most: Math.ceil(Math.min(most, pending) / NARROWER), strikes: ROW_STRIKES_MAX };
}
