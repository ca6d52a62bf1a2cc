/* What a collection is doing, computed from the counters that search itself uses. */

import { eitherOf } from '../base/aborts.js';
import type { Time } from '../platform/time.js';
import type { LiveIndex } from './live-index.js';
import type { Failures } from './upkeep/failures.js';
import type { Indexer } from './upkeep/indexer.js';
import type { RecallReport } from './upkeep/recall.js';

export interface CollectionStatus {
  /**
   * `ready`: every row is in the graph. `indexing`: rows wait, and are found by exact scan. `paused`: indexing is.
   * `degraded`: the last build, snapshot, compaction, indexing of payloads, measuring of recall or following of
   * another process failed (see errors), and will be tried again; or the last build had fewer threads than it asked for.
   */
  readonly state: 'ready' | 'indexing' | 'paused' | 'degraded';
  /** Live points; each is indexed, pending or quarantined. */
  readonly points: number;
  readonly indexed: number;
  /** Points that wait to be linked. */
  readonly pending: number;
  /** Rows replaced or deleted that still take memory, until the next compaction. */
  readonly masked: number;
  /** Points that could not be linked: found by exact scan. */
  readonly quarantined: number;
  /** Points found damaged on the disk since the collection was opened; `verify` looks at all. */
  readonly unreadable: number;
  /** How long the point that waits longest has waited. */
  readonly oldestPendingMs: number;
  readonly linkedPerSecond: number;
  /** Until nothing waits, at the present rate; null while that is not known. */
  readonly etaSeconds: number | null;
  /** As last measured, on stored rows that were asked as if they were not stored and on queries that were asked; null before. */
  readonly recall: Pick<RecallReport, 'k' | 'target' | 'ef' | 'value' | 'at'> | null;
  /** Bytes that rows and graph occupy. */
  readonly memoryBytes: number;
  /** Sequence number of the last write that is findable. */
  readonly seq: number;
  /** The newest of `errors`; null where nothing is wrong. */
  readonly lastError: string | null;
  /**
   * What failed, by kind, until the same kind succeeds: `build`, `threads`, `snapshot`, `compaction`,
   * `payloadIndex`, `recall`, `listener`, `follow` (what another process wrote could not be taken up: searches find what
   * was there before); `poison` until the collection is opened again.
   */
  readonly errors: Readonly<Record<string, string>>;
}

export function statusOf(
  live: LiveIndex,
  indexer: Indexer,
  recall: RecallReport | null,
  failures: Failures,
): CollectionStatus {
  const { engine, seq } = live;
  // Linkers go on meanwhile: what is neither linked nor in quarantine waits, so that the numbers add up.
  const points = engine.live;
  const indexed = engine.sum((arena) => arena.linked);
  const quarantined = engine.sum((arena) => arena.quarantined);
  const pending = points - indexed - quarantined;
  const { linkedPerSecond, paused, building } = indexer;
  const lastError = live.poison?.message ?? failures.latest;
  const state = lastError !== null ? 'degraded' : paused ? 'paused' : pending > 0 ? 'indexing' : 'ready';
  return {
    state,
    points,
    indexed,
    pending,
    masked: engine.sum((arena) => arena.masked),
    quarantined,
    unreadable: live.stored.unreadable,
    oldestPendingMs: pending > 0 ? live.rows.oldestPendingMs : 0,
    linkedPerSecond: building ? linkedPerSecond : 0,
    etaSeconds: pending === 0 ? 0 : building && linkedPerSecond > 0 ? pending / linkedPerSecond : null,
    recall: recall && {
      k: recall.k,
      target: recall.target,
      ef: recall.ef,
      value: recall.value,
      at: recall.at,
    },
    memoryBytes: engine.memoryBytes,
    seq,
    lastError,
    errors: { ...failures.all, ...(live.poison && { poison: live.poison.message }) },
  };
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
