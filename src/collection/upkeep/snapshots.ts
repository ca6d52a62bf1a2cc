/*
 * Snapshots of a collection: graph and codes in a file, so that opening need not link again. The store is the
 * truth; a snapshot says of which store, which collection and which sequence number it is, and is believed only
 * so far. One that is missing, damaged or foreign costs time, never a row.
 */

import type { ResolvedConfig } from '../../api/config.js';
import { SnapshotError } from '../../base/errors.js';
import { Calibration, type StoredCalibration } from '../../hnsw/calibration.js';
import { Engine } from '../../hnsw/engine.js';
import type { ResolvedOptions } from '../../hnsw/options.js';
import { type Files, isMissing, isUnreadable, setAside } from '../../platform/files.js';
import type { Platform } from '../../platform/platform.js';
import type { Store } from '../../store/store.js';
import type { Machine } from '../config.js';
import { LiveIndex } from '../live-index.js';
import { newEngine, newParts, type Parts } from '../parts.js';
import { inOrder } from '../rows.js';
import { StoredRows } from '../stored-rows.js';
import { noteMissing } from '../strays.js';
import { loadPayloadIndexes, PayloadFile } from './payload-file.js';
import { definitionsOf } from './payload-indexing.js';

interface Tag {
  readonly store: string;
  readonly collection: number;
  /** Rows up to here are in the snapshot, or were not there any more. */
  readonly seq: number;
  /** Names the order of its slots; not in snapshots of earlier releases. */
  readonly layout?: string;
  /** What was learned of the graph (hnsw/calibration.ts); not in snapshots of earlier releases. */
  readonly calibration?: StoredCalibration;
}

/** Share of rows that changed since the last snapshot, and how many at least, before another is worth its time. */
const CHANGED_SHARE = 0.25;
const CHANGED_ROWS = 1_000;

interface Saved {
  readonly seq: number;
  readonly rows: number;
  readonly linked: number;
  readonly learnedAt: number | undefined;
}

function isSame(a: Saved, b: Saved): boolean {
  return a.seq === b.seq && a.linked === b.linked && a.learnedAt === b.learnedAt;
}

export class Snapshots {
  readonly #live: LiveIndex;
  readonly #path: string | undefined;
  readonly #payloads: PayloadFile | undefined;
  #running: Promise<void> | undefined;
  /** What the file holds: sequence number, rows, how many of them were linked, and when their recall was learned. */
  #saved: Saved = { seq: -1, rows: 0, linked: 0, learnedAt: undefined };

  constructor(live: LiveIndex, folder: string | undefined) {
    this.#live = live;
    if (folder === undefined) return;
    this.#path = snapshotPath(folder, live.collection);
    this.#payloads = new PayloadFile(live, payloadPath(folder, live.collection));
  }

  get #now(): Saved {
    const { seq, engine, calibration } = this.#live;
    const linked = engine.sum(({ linkedEver }) => linkedEver);
    return { seq, rows: engine.slots, linked, learnedAt: calibration?.at };
  }

  /** Takes what was just read from the file for what it holds. */
  loaded(): void {
    this.#saved = this.#now;
    this.#payloads?.loaded();
  }

  /** Writes a snapshot if so much has changed that reading it saves more than writing it costs. */
  async saveIfWorthIt(signal: AbortSignal): Promise<void> {
    const { linked, rows } = this.#now;
    const written = this.#live.rows.changedSince(this.#saved.seq);
    const changed = Math.max(written, linked - this.#saved.linked);
    if (changed >= Math.max(CHANGED_ROWS, CHANGED_SHARE * rows)) await this.save(signal);
  }

  /** Writes a snapshot if anything has changed. `signal` gives it up: the one before stays. */
  save(signal?: AbortSignal): Promise<void> {
    this.#running ??= this.#save(signal).finally(() => {
      this.#running = undefined;
    });
    return this.#running;
  }

  async #save(signal?: AbortSignal): Promise<void> {
    if (this.#live.poison) return; // the file before is in step with the store, as far as it goes
    await this.#saveGraph(signal);
    await this.#payloads?.save(signal);
  }

  async #saveGraph(signal?: AbortSignal): Promise<void> {
    const live = this.#live;
    const path = this.#path;
    const now = this.#now;
    if (path === undefined || isSame(now, this.#saved)) return;
    const { time, events } = live.platform;
    const began = time.now();
    const tag: Tag = {
      store: live.store.uuid,
      collection: live.collection,
      seq: live.seq,
      layout: live.layout,
      ...(live.calibration && { calibration: live.calibration.toJSON() }),
    };
    const bytes = await live.engine.save(path, { tag, signal });
    this.#saved = now;
    const seconds = (time.now() - began) / 1000;
    events.publish('silt:snapshot', { path, bytes, seq: now.seq, seconds });
  }

  /** Writes payload indexes alone, if anything has changed. */
  async savePayloads(signal?: AbortSignal): Promise<void> {
    await this.#running?.catch(() => {});
    await this.#payloads?.save(signal);
  }

  /** Resolves when neither file is being written, whether that succeeded or failed. */
  async settled(): Promise<void> {
    await this.#running?.catch(() => {});
    await this.#payloads?.settled();
  }
}

function snapshotPath(folder: string, collection: number): string {
  return `${folder}/${collection}.snapshot`;
}

function payloadPath(folder: string, collection: number): string {
  return `${folder}/${collection}.payloads`;
}

export async function removeSnapshot(files: Files, folder: string, collection: number): Promise<void> {
  await files.remove(snapshotPath(folder, collection));
  await files.remove(payloadPath(folder, collection));
  // Before the record of the drop goes: nobody would remove files whose names came back with a loss of power.
  await files.syncFolder(folder).catch((error: unknown) => {
    if (!isMissing(error)) throw error; // without the folder, no name comes back
  });
}

function matches(options: ResolvedOptions, config: ResolvedConfig): boolean {
  const { m, efConstruction, seed } = config.hnsw;
  return (
    options.dimension === config.dimension &&
    options.metric === config.metric &&
    options.m === m &&
    options.efConstruction === efConstruction &&
    options.seed === seed &&
    options.keepVectors === (config.vectors === 'memory')
  );
}

function checkTag(tag: unknown, store: Store, collection: number): Tag {
  const { store: uuid, collection: own, seq } = (tag ?? {}) as Partial<Tag>;
  if (uuid !== store.uuid || own !== collection)
    throw new SnapshotError(`a snapshot of another collection was found in place of that of ${collection}`);
  if (typeof seq !== 'number' || seq > store.counts(collection).seq)
    throw new SnapshotError(`a snapshot of collection ${collection} is ahead of its store`);
  return tag as Tag;
}

async function readEngine(
  platform: Platform,
  path: string,
  stored: StoredRows,
  config: ResolvedConfig,
): Promise<{ engine: Engine; tag: Tag } | undefined> {
  const { store, collection } = stored;
  try {
    const { engine, tag } = await Engine.load(platform, path, {
      threads: config.indexing.segmentCount,
      searchers: config.indexing.segmentCount,
      make: (options, found) => {
        checkTag(found, store, collection);
        if (!matches(options, config))
          throw new SnapshotError(`a snapshot of collection ${collection} has other options`);
        return newEngine(platform, stored, options);
      },
    });
    if (!inOrder(engine)) {
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

/** The index of a collection as the store has it: from its snapshot as far as that goes, the rest from the store. */
export async function recover(
  store: Store,
  collection: number,
  config: ResolvedConfig,
  machine: Pick<Machine, 'platform' | 'arenaBytes'>,
  folder: string | undefined,
): Promise<{ live: LiveIndex; snapshots: Snapshots }> {
  const stored = new StoredRows(store, collection, config.dimension);
  const emptyParts = (): Parts => newParts(stored, config, definitionsOf(store, collection), machine);
  const read =
    folder === undefined
      ? undefined
      : await readEngine(machine.platform, snapshotPath(folder, collection), stored, config);
  const made = emptyParts();
  const parts: Parts = read ? { ...made, engine: read.engine, layout: read.tag.layout ?? made.layout } : made;
  if (read && folder !== undefined) {
    const { seq } = store.counts(collection);
    const patches = { seq, behind: (after: number) => store.patched(collection, after) };
    await loadPayloadIndexes(parts, payloadPath(folder, collection), patches, store.readOnly);
  }
  const live = new LiveIndex(stored, config, parts, read?.tag.seq ?? 0);
  live.calibration = Calibration.from(read?.tag.calibration);
  const own = store.readOnly ? undefined : folder;
  const snapshots = new Snapshots(live, own);
  if (read) snapshots.loaded();
  const { seq, points } = store.counts(collection);
  const waitedMs = config.indexing.maxBufferAgeMs; // rows that wait were left by an earlier life
  if (seq !== live.seq) await reconciled(live);
  if (points === live.engine.live || noteMissing(stored, live.rows, config)) {
    live.rows.inherit(waitedMs);
    return { live, snapshots };
  }
  // A row that was unreadable when the snapshot was written is readable now: only new arenas can take it up.
  parts.payloadIndexes.dispose();
  await parts.engine.close();
  const whole = new LiveIndex(stored, config, emptyParts(), 0);
  await reconciled(whole);
  whole.rows.inherit(waitedMs);
  return { live: whole, snapshots: new Snapshots(whole, own) };
}

/** Takes up what the store has. Where that fails, the memory is given back: it may be tried again and again. */
async function reconciled(live: LiveIndex): Promise<void> {
  try {
    await live.reconcile();
  } catch (error) {
    live.payloadIndexes.dispose();
    await live.engine.close();
    throw error;
  }
}
