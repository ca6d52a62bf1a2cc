/*
 * Payload indexes that come and go: which there are is a record of the store; their contents are made from the rows,
 * in the background, and kept in a file (payload-file.ts).
 */
import { oneOf, show } from '../../base/checks.js';
import { SiltError } from '../../base/errors.js';
import { INDEX_KINDS, type IndexKind } from '../../filter/indexes/value-index.js';
import { parsePath } from '../../filter/path.js';
import { PayloadIndexes } from '../../filter/payload-indexes.js';
import { INDEXES, recordOf } from '../../store/records.js';
import type { Store } from '../../store/store.js';
import type { LiveIndex } from '../live-index.js';
import { commitRecords } from '../write/queue.js';

interface Definition {
  readonly path: string;
  readonly kind: IndexKind;
}

/** The payload indexes that a collection has by the store, of no rows yet. */
export function definitionsOf(store: Store, collection: number): PayloadIndexes {
  return definedBy(recordOf<Definition[]>(store, INDEXES + collection) ?? []);
}

/** @throws ValidationError for what defines no index */
export function definedBy(found: readonly Definition[]): PayloadIndexes {
  const indexes = new PayloadIndexes();
  for (const { path, kind } of found)
    indexes.define(parsePath(path, 'path'), oneOf('kind', kind, INDEX_KINDS));
  return indexes;
}

/** Makes the payload indexes of a collection those that its store says, which another process has changed. */
function followDefinitions(live: LiveIndex): void {
  const now = definitionsOf(live.store, live.collection);
  for (const { path, kind } of definitions(live))
    if (now.get(path)?.kind !== kind) live.dropPayloadIndex(path);
  for (const { path, kind } of now.all)
    if (!live.payloadIndexes.get(path.text)) live.definePayloadIndex(path, kind);
  now.dispose();
}

function commit(live: LiveIndex, definitions: readonly Definition[], taken: () => void): Promise<void> {
  const record = definitions.length === 0 ? undefined : definitions;
  return commitRecords(live.platform, live.store, [[INDEXES + live.collection, record]], taken);
}

const definitions = (live: LiveIndex): Definition[] =>
  Array.from(live.payloadIndexes.all, ({ path, kind }) => ({ path: path.text, kind }));

/**
 * Checks what is asked for. Returns what defines the index in its turn of the write queue; nothing where there is the
 * same one. That rejects with a SiltError PAYLOAD_INDEX_EXISTS where the path has an index of another kind.
 *
 * @throws ValidationError for a bad path or kind
 */
export function definePayloadIndex(live: LiveIndex, path: unknown, kind: unknown): () => Promise<void> {
  const checked = parsePath(path, 'path', 'INVALID_OPTION');
  const wanted = oneOf('kind', kind as IndexKind, INDEX_KINDS);
  return async () => {
    if (live.poison) throw live.poison;
    const there = live.payloadIndexes.get(checked.text);
    if (there && there.kind !== wanted)
      throw new SiltError(
        'PAYLOAD_INDEX_EXISTS',
        `${show(checked.text)} has an index of kind ${there.kind} already: drop it first`,
      );
    if (there) return;
    await commit(live, [...definitions(live), { path: checked.text, kind: wanted }], () =>
      live.definePayloadIndex(checked, wanted),
    );
  };
}

/** Returns what takes an index away in its turn of the write queue: false if there was none. */
export function dropPayloadIndex(live: LiveIndex, path: unknown): () => Promise<boolean> {
  const { text } = parsePath(path, 'path', 'INVALID_OPTION');
  return async () => {
    if (live.poison) throw live.poison;
    if (!live.payloadIndexes.get(text)) return false;
    const left = definitions(live).filter((one) => one.path !== text);
    await commit(live, left, () => live.dropPayloadIndex(text));
    return true;
  };
}

/** The same, and what follows from it. Returns why that failed: other collections go on. */
export function tryFollow(live: LiveIndex): Error | undefined {
  try {
    followDefinitions(live);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  } finally {
    live.changed();
  }
}
