/*
 * Payload indexes in a file, so that opening need not read every payload. Like a snapshot it is a cache of the store:
 * one that is missing, damaged, or of another order of slots costs time, never a row. It is a sealed file
 * (platform/sealed-file.ts) with a stream for each index (streams.ts).
 *
 * Rows that come while the file is written may be in a block or not: of every index, those below its count are read.
 */

import { SnapshotError } from '../../base/errors.js';
import type { IndexKind } from '../../filter/indexes/value-index.js';
import type { PayloadIndexes } from '../../filter/payload-indexes.js';
import { isMissing, isUnreadable, setAside } from '../../platform/files.js';
import type { Platform } from '../../platform/platform.js';
import { readSealed, type SealedKind, writeSealed } from '../../platform/sealed-file.js';
import type { LiveIndex } from '../live-index.js';
import type { Parts } from '../parts.js';
import type { Slots } from '../slots.js';
import { bodyOf, readStreams } from './streams.js';

/** Raised whenever the header, a block or the meaning of a stored byte changes. */
export const PAYLOADS_VERSION = 2;

const PAYLOADS: SealedKind = {
  magic: 'SILTPAYL',
  name: 'file of payload indexes',
  version: PAYLOADS_VERSION,
  oldest: PAYLOADS_VERSION,
  headerMax: 1 << 24,
};

interface Header {
  /** The order of slots that the blocks speak of. */
  readonly layout: string;
  readonly indexes: readonly {
    readonly path: string;
    readonly kind: IndexKind;
    readonly rows: number;
    /** Up to which sequence number patches of payloads are in it; files of earlier releases know of none. */
    readonly seq?: number;
  }[];
}

/** What the store says of patches: which rows have one that is behind a sequence number. */
export interface Patches {
  /** Sequence number that the store has come to. */
  readonly seq: number;
  behind(seq: number): Iterable<number>;
}

/** Rows looked at in one turn. */
const SLICE_ROWS = 1_000;

async function readInto(
  platform: Platform,
  { payloadIndexes, layout, slots }: Parts,
  path: string,
  patches: Patches,
): Promise<boolean> {
  const { files } = platform;
  const { header, blocks } = await readSealed(files, path, PAYLOADS, async (file) => ({
    header: file.header as Header,
    blocks: await readStreams(file),
  }));
  if (header.layout !== layout) return false; // of slots that were given before
  if (header.indexes.some(({ seq = 0 }) => seq > patches.seq))
    throw new SnapshotError(`${path} is ahead of its store`); // of patches that were lost with the power
  for (const [number, { path: of, kind, rows, seq = 0 }] of header.indexes.entries()) {
    const one = payloadIndexes.get(of);
    if (one?.kind !== kind) continue;
    const upTo = Math.min(rows, slots.count);
    one.index.load(blocks.get(number) ?? [], upTo);
    one.upTo = upTo;
    one.freshTo = seq;
  }
  await markStale(platform, payloadIndexes, slots, patches);
  return header.indexes.some(({ rows }) => rows > slots.count);
}

/** What was patched behind the oldest of them is stale in all: the store is gone through once. */
async function markStale(
  { time }: Platform,
  indexes: PayloadIndexes,
  slots: Slots,
  patches: Patches,
): Promise<void> {
  const seq = Math.min(...Array.from(indexes.all, ({ freshTo }) => freshTo));
  if (seq === Infinity) return;
  for await (const some of time.inSlices(patches.behind(seq), SLICE_ROWS))
    for (const row of some) {
      const slot = slots.slotOf(row);
      if (slot !== undefined) for (const one of indexes.all) if (slot < one.upTo) one.stale.add(slot);
    }
  for (const one of indexes.all) one.freshTo = one.stale.size > 0 ? seq : Infinity;
  indexes.beginRenewal();
}

/**
 * Takes up what the file holds of payload indexes that are defined, as far as their rows are there. Returns whether it has
 * slots beyond those there are, or may have and is still there: they will be those of other rows.
 */
export async function loadPayloadIndexes(
  platform: Platform,
  parts: Parts,
  path: string,
  patches: Patches,
  readOnly = false,
): Promise<boolean> {
  try {
    return await readInto(platform, parts, path, patches);
  } catch (error) {
    parts.payloadIndexes.reset();
    if (isMissing(error)) return false;
    if (!isUnreadable(error)) throw error;
    const { files, events } = platform;
    const aside = readOnly ? path : await setAside(files, path, error);
    events.publish('silt:snapshot:rejected', { path, aside, error });
    return aside === path;
  }
}

export class PayloadFile {
  readonly #live: LiveIndex;
  readonly #path: string;
  /** The contents of the file. */
  #saved = '';

  constructor(live: LiveIndex, path: string) {
    this.#live = live;
    this.#path = path;
  }

  #header(): Header {
    const { layout, rows, payloadIndexes, seq } = this.#live;
    return {
      layout,
      indexes: Array.from(payloadIndexes.all, ({ path, kind, upTo, freshTo }) => ({
        path: path.text,
        kind,
        rows: Math.min(rows.slots, upTo),
        seq: Math.min(seq, freshTo),
      })),
    };
  }

  /** What changes when the file is out of date: not the sequence number, which says no more than what was patched. */
  #contents({ layout, indexes }: Header): string {
    const fresh = Array.from(this.#live.payloadIndexes.all, ({ freshTo }) => freshTo); // infinite becomes null
    const own = indexes.map(({ path, kind, rows }) => [path, kind, rows]);
    return JSON.stringify([layout, own, fresh, this.#live.payloadChanges.count]);
  }

  /** Takes what was just read from the file for what it holds. */
  loaded(): void {
    this.#saved = this.#contents(this.#header());
  }

  /** Writes the file if anything has changed; takes it away when there are no indexes. `signal` gives it up. One at a time. */
  async save(signal?: AbortSignal): Promise<void> {
    const header = this.#header();
    const contents = this.#contents(header);
    if (contents === this.#saved) return;
    // What the indexes have of unreadable payloads is not to outlive this process: it is not known to the next.
    if (header.indexes.length > 0 && this.#live.stored.withoutPayload.size > 0) return;
    const { payloadIndexes, platform } = this.#live;
    const { files } = platform;
    const release = payloadIndexes.hold();
    try {
      if (header.indexes.length === 0) await files.remove(this.#path);
      else {
        // Those of now: a commit that fails puts others in their place, which begin anew.
        const indexes = Array.from(payloadIndexes.all, ({ index }) => index);
        await writeSealed(
          platform,
          this.#path,
          PAYLOADS,
          header,
          bodyOf(indexes.map((index) => index.dump())),
          signal,
        );
      }
    } finally {
      release();
    }
    this.#saved = contents;
  }
}
