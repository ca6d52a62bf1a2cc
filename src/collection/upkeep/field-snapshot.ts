/*
 * The snapshot of one field: graph and codes in a file, so that opening need not link again. The store is the truth; a
 * snapshot says of which store, which collection, which field and which sequence number it is, and is believed only so far.
 * One that is missing, damaged or foreign costs time, never a row.
 */
import { SnapshotError } from '../../base/errors.js';
import type { DenseSpec } from '../../fields/field.js';
import type { StoredCalibration } from '../../hnsw/calibration.js';
import { Engine } from '../../hnsw/engine.js';
import type { ResolvedOptions } from '../../hnsw/options.js';
import { beginsWord } from '../../hnsw/slots.js';
import { isMissing, isUnreadable, setAside } from '../../platform/files.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';
import { newEngine, type Room } from '../parts.js';
import type { StoredRows } from '../stored-rows.js';

export interface Tag {
  readonly store: string;
  readonly collection: number;
  /** Left out for the unnamed one. */
  readonly field?: number;
  /** Rows up to here are in the snapshot, or were not there any more. */
  readonly seq: number;
  /** Names the order of its slots; not in snapshots of earlier releases. */
  readonly layout?: string;
  /** Rows that could not be read, in whichever field: the graph may lack their vectors. Left out where there are none. */
  readonly unread?: readonly number[];
  /** What was learned of the graph (hnsw/calibration.ts); not in snapshots of earlier releases. */
  readonly calibration?: StoredCalibration;
}

/** Of many, `verify` finds the others: a tag is not large. */
const UNREAD_MAX = 10_000;

interface Saved {
  /** Another one where the engine is another. */
  readonly generation: number;
  /** Up to which operation it has the vectors. */
  readonly seq: number;
  /** Vectors that ever came into the engine, and those that were taken out. */
  readonly writes: number;
  readonly rows: number;
  readonly linked: number;
  readonly learnedAt: number | undefined;
}

/**
 * Of the field alone: points that came or went without a vector in it change nothing, nor do payloads. But where there is no file
 * of slots, only the snapshot says how far they go: from there on, each opening looks at what was patched.
 */
function isSame(a: Saved, b: Saved, isPlain: boolean): boolean {
  return (
    !(isPlain && a.seq !== b.seq) &&
    a.generation === b.generation &&
    a.rows === b.rows &&
    a.writes === b.writes &&
    a.linked === b.linked &&
    a.learnedAt === b.learnedAt
  );
}

export function snapshotPath(folder: string, collection: number, field: number): string {
  return field === 0 ? `${folder}/${collection}.snapshot` : `${folder}/${collection}.${field}.snapshot`;
}

export class FieldSnapshot {
  readonly #live: LiveIndex;
  readonly field: LiveField;
  readonly #path: string;
  /** What the file holds: sequence number, rows, how many of them were linked, and when their recall was learned. */
  #saved: Saved = {
    generation: -1,
    seq: -1,
    writes: 0,
    rows: 0,
    linked: 0,
    learnedAt: undefined,
  };

  constructor(live: LiveIndex, field: LiveField, folder: string) {
    this.#live = live;
    this.field = field;
    this.#path = snapshotPath(folder, live.collection, field.spec.number);
  }

  get #now(): Saved {
    const { engine, calibration } = this.field;
    const linked = engine.sum(({ linkedEver }) => linkedEver);
    const { slots: rows, live } = engine;
    const writes = rows + (rows - live);
    return {
      generation: this.field.generation,
      seq: this.#live.seq,
      writes,
      rows,
      linked,
      learnedAt: calibration?.at,
    };
  }

  /** Whether nothing is known of a file. */
  get isNew(): boolean {
    return this.#saved.seq < 0;
  }

  /** Takes what was just read from the file for what it holds, up to an operation. */
  loaded(seq: number): void {
    this.#saved = { ...this.#now, seq };
  }

  /** Up to which operation the file has vectors, where there are no others now; undefined where there are. */
  get whole(): number | undefined {
    return isSame(this.#now, this.#saved, false) ? this.#saved.seq : undefined;
  }

  /** How many rows have changed since the last snapshot, or were linked, and how many there are. */
  get changes(): { readonly changed: number; readonly rows: number } {
    const { generation, linked, rows, writes } = this.#now;
    const known = generation === this.#saved.generation; // by the field alone; where the engine is another, by all that was written
    const written = known ? writes - this.#saved.writes : this.#live.rows.changedSince(this.#saved.seq);
    return { changed: Math.max(written, linked - this.#saved.linked), rows };
  }

  /** Writes a snapshot if anything has changed. `signal` gives it up: the one before stays. */
  async save(signal?: AbortSignal): Promise<void> {
    const live = this.#live;
    const { number } = this.field.spec;
    const { calibration, engine } = this.field;
    const now = this.#now;
    if (isSame(now, this.#saved, live.stored.plain)) return;
    const { time, events } = live.platform;
    const began = time.now();
    const unread = live.stored.plain ? [] : live.stored.rowsUnreadable(UNREAD_MAX);
    const tag: Tag = {
      store: live.store.uuid,
      collection: live.collection,
      ...(number !== 0 && { field: number }),
      seq: live.seq,
      layout: live.layout,
      ...(unread.length > 0 && { unread }),
      ...(calibration && { calibration: calibration.toJSON() }),
    };
    const bytes = await engine.save(this.#path, { tag, signal });
    this.#saved = now;
    const seconds = (time.now() - began) / 1000;
    events.publish('silt:snapshot', { path: this.#path, bytes, seq: now.seq, seconds });
  }
}

function matches(options: ResolvedOptions, { dimension, metric, hnsw, storage }: DenseSpec): boolean {
  const { m, efConstruction, seed } = hnsw;
  return (
    options.dimension === dimension &&
    options.metric === metric &&
    options.m === m &&
    options.efConstruction === efConstruction &&
    options.seed === seed &&
    options.keepVectors === (storage === 'memory')
  );
}

function checkTag(tag: unknown, { store, collection }: StoredRows, { number }: DenseSpec): Tag {
  const { store: uuid, collection: own, seq, field = 0 } = (tag ?? {}) as Partial<Tag>;
  if (uuid !== store.uuid || own !== collection || field !== number)
    throw new SnapshotError(`a snapshot of another collection was found in place of that of ${collection}`);
  if (typeof seq !== 'number' || seq > store.counts(collection).seq)
    throw new SnapshotError(`a snapshot of collection ${collection} is ahead of its store`);
  return tag as Tag;
}

/**
 * Whether each arena begins with a word of bits by places, as filters need it; and whether keys ascend from arena to arena
 * where places are slots. Elsewhere, vectors that were changed lie behind those of later rows.
 */
function inOrder(engine: Engine, plain: boolean): boolean {
  let last = -1;
  for (const arena of engine.arenas) {
    if (arena.rows === 0) continue;
    if ((plain && arena.keyOf(0) <= last) || !beginsWord(arena.base)) return false;
    last = Number(arena.keyOf(arena.rows - 1));
  }
  return true;
}

export interface ReadField {
  readonly engine: Engine;
  readonly tag: Tag;
}

/** Undefined where there is no snapshot, or none that can be used. */
export async function readField(
  room: Room,
  folder: string,
  stored: StoredRows,
  spec: DenseSpec,
): Promise<ReadField | undefined> {
  const { store, collection } = stored;
  const { platform, threads } = room;
  const path = snapshotPath(folder, collection, spec.number);
  try {
    const { engine, tag } = await Engine.load(platform, path, {
      threads,
      searchers: threads,
      make: (options, found) => {
        checkTag(found, stored, spec);
        if (!matches(options, spec))
          throw new SnapshotError(`a snapshot of collection ${collection} has other options`);
        return newEngine(stored, spec, room, options);
      },
    });
    if (!inOrder(engine, stored.plain)) {
      await engine.close();
      throw new SnapshotError(`${path}: its rows are not in the order in which they were written`);
    }
    return { engine, tag: tag as Tag };
  } catch (error) {
    if (isMissing(error)) return undefined;
    if (!isUnreadable(error)) throw error;
    const aside = store.readOnly ? path : await setAside(platform.files, path, error); // it is the writer's
    platform.events.publish('silt:snapshot:rejected', { path, aside, error });
    return undefined;
  }
}
