/* What a collection is doing, computed from the counters that search itself uses. */

import type { CollectionInfo, CollectionStatus, FieldStatus, RecallReport } from '../api/upkeep.js';
import { eitherOf } from '../base/aborts.js';
import type { SparseField } from '../fields/sparse/sparse-field.js';
import type { TextField } from '../fields/text/text-field.js';
import { newBits, orInto, setBit } from '../filter/bits.js';
import type { Time } from '../platform/time.js';
import type { LiveField } from './live-field.js';
import type { LiveIndex } from './live-index.js';
import { NOTE } from './own-note.js';
import { memoryBytesOf } from './parts.js';
import type { Origin } from './record.js';
import type { Slots } from './slots.js';
import type { Failures } from './upkeep/failures.js';
import type { Indexer } from './upkeep/indexer.js';
import type { Indexers } from './upkeep/indexers.js';

/** What goes on behind the calls. */
interface Upkeep {
  readonly indexer: Indexers;
  /** The last that was measured, and that of each field. */
  readonly recall: RecallReport | null;
  readonly recalls: ReadonlyMap<LiveField, RecallReport>;
  readonly failures: Failures;
}

export function statusOf(live: LiveIndex, { indexer, recall, recalls, failures }: Upkeep): CollectionStatus {
  const { seq, slots } = live;
  const fields = live.graphs.map((field) => statusOfField(field, indexer.of(field), recalls.get(field)));
  const all = fields.map(([, status]) => status);
  const inverted = live.inverted.map((field) => statusOfInverted(field, slots));
  const { pending, quarantined } = waitingOf(live, all);
  const { linkedPerSecond, paused, building } = indexer;
  const deleted = slots.dead;
  const lastError = live.poison?.message ?? failures.latest;
  const state = lastError !== null ? 'degraded' : paused ? 'paused' : pending > 0 ? 'indexing' : 'ready';
  return {
    state,
    points: slots.live,
    indexed: all.length === 1 ? all[0]!.indexed : slots.live - pending - quarantined,
    pending,
    deleted,
    masked: deleted,
    quarantined,
    unreadable: live.stored.unreadable,
    oldestPendingMs: Math.max(0, ...all.map((status) => status.oldestPendingMs)),
    linkedPerSecond: building ? linkedPerSecond : 0,
    // What is linked is vectors, of which a point may have several that wait.
    etaSeconds: etaOf(
      sumOf(all, (status) => status.pending),
      building ? linkedPerSecond : 0,
    ),
    recall: shortOf(recall),
    memoryBytes: memoryBytesOf(live.parts),
    seq,
    lastError,
    errors: { ...failures.all, ...(live.poison && { poison: live.poison.message }) },
    fields: Object.fromEntries([...fields, ...inverted]),
  };
}

export function infoOf(
  { name, config, seq, payloadIndexes, rows, parts }: LiveIndex,
  { createdAt, restored, note }: Origin,
): CollectionInfo {
  return {
    name,
    config,
    createdAt,
    ...(restored && { restored }),
    ...(note !== undefined && { [NOTE]: note }),
    points: rows.count,
    memoryBytes: memoryBytesOf(parts),
    seq,
    payloadIndexes: payloadIndexes.info(rows.slots),
  };
}

/**
 * Points of which a vector waits, and of the others those with one in quarantine: each counts once, in however many fields. Where no
 * more than one field has any, that field's numbers say so; else they are looked at one by one.
 */
function waitingOf(
  { graphs, slots }: LiveIndex,
  all: readonly FieldStatus[],
): Pick<FieldStatus, 'pending' | 'quarantined'> {
  const some = graphs.filter((_, i) => all[i]!.pending + all[i]!.quarantined > 0);
  if (some.length === 0) return { pending: 0, quarantined: 0 };
  if (some.length === 1) return all[graphs.indexOf(some[0]!)]!;
  const waiting = newBits(slots.count);
  const failed = newBits(slots.count);
  for (const field of some)
    field.eachUnlinked((slot, isQuarantined) => setBit(isQuarantined ? failed : waiting, slot));
  const pending = slots.countLive(waiting);
  orInto(failed, waiting);
  return { pending, quarantined: slots.countLive(failed) - pending };
}

/** Linkers go on meanwhile: what is neither linked nor in quarantine waits, so that the numbers add up. */
function statusOfField(
  field: LiveField,
  { building, linkedPerSecond }: Indexer,
  recall: RecallReport | null = null,
): [string, FieldStatus] {
  const { engine, spec } = field;
  const points = engine.live;
  const indexed = engine.sum((arena) => arena.linked);
  const quarantined = engine.sum((arena) => arena.quarantined);
  const pending = points - indexed - quarantined;
  const oldestPendingMs = pending > 0 ? field.oldestPendingMs : 0;
  const { bytes: memoryBytes } = field.part;
  const rate = building ? linkedPerSecond : 0;
  return [
    spec.name,
    {
      kind: spec.kind,
      points,
      indexed,
      pending,
      quarantined,
      oldestPendingMs,
      linkedPerSecond: rate,
      etaSeconds: etaOf(pending, rate),
      recall: shortOf(recall),
      memoryBytes,
    },
  ];
}

/** Searches take in what is pending before they answer: it is not known of it whether it has a value. */
function statusOfInverted(field: SparseField | TextField, slots: Slots): [string, FieldStatus] {
  const indexed = field.points(slots);
  const pending = field.pending(slots);
  const etaSeconds = etaOf(pending, 0);
  const idle = { quarantined: 0, oldestPendingMs: 0, linkedPerSecond: 0, etaSeconds, recall: null };
  const { spec, bytes: memoryBytes } = field;
  return [spec.name, { kind: spec.kind, points: indexed + pending, indexed, pending, ...idle, memoryBytes }];
}

function etaOf(pending: number, linkedPerSecond: number): number | null {
  return pending === 0 ? 0 : linkedPerSecond > 0 ? pending / linkedPerSecond : null;
}

function shortOf(recall: RecallReport | null): CollectionStatus['recall'] {
  return recall && { k: recall.k, target: recall.target, ef: recall.ef, value: recall.value, at: recall.at };
}

function sumOf(all: readonly FieldStatus[], of: (status: FieldStatus) => number): number {
  return all.reduce((sum, status) => sum + of(status), 0);
}

/** A status at once, and then one every `ms`, until one of `signals` aborts, or the caller has enough. */
export function statusEvery(
  time: Time,
  status: () => CollectionStatus,
  ms: number,
  signals: readonly (AbortSignal | undefined)[],
): AsyncIterableIterator<CollectionStatus> {
  const enough = new AbortController();
  const statuses = (async function* (): AsyncGenerator<CollectionStatus> {
    const { signal, release } = eitherOf([...signals, enough.signal]);
    try {
      while (!signal.aborted) {
        yield status();
        await time.pause(ms, signal).catch(() => {});
      }
    } finally {
      release();
    }
  })();
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    next: () => statuses.next(),
    // A generator that pauses hears of its end behind the pause only.
    return: () => {
      enough.abort();
      return statuses.return(undefined);
    },
  };
}
