/* What a collection is doing, computed from the counters that search itself uses. */

import type { CollectionInfo, CollectionStatus, RecallReport } from '../api/upkeep.js';
import { eitherOf } from '../base/aborts.js';
import type { Time } from '../platform/time.js';
import type { LiveIndex } from './live-index.js';
import type { Failures } from './upkeep/failures.js';
import type { Indexer } from './upkeep/indexer.js';

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
  const deleted = engine.sum((arena) => arena.masked);
  const { linkedPerSecond, paused, building } = indexer;
  const lastError = live.poison?.message ?? failures.latest;
  const state = lastError !== null ? 'degraded' : paused ? 'paused' : pending > 0 ? 'indexing' : 'ready';
  return {
    state,
    points,
    indexed,
    pending,
    deleted,
    masked: deleted,
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

export function infoOf(
  { name, config, engine, seq, payloadIndexes, rows }: LiveIndex,
  createdAt: number,
): CollectionInfo {
  return {
    name,
    config,
    createdAt,
    points: engine.live,
    memoryBytes: engine.memoryBytes,
    seq,
    payloadIndexes: payloadIndexes.info(rows.slots),
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
