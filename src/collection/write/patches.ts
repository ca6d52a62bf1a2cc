/* What a caller gives to change payloads in place. */
import { atMost, show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { awaitHint, listHint } from '../../base/hints.js';
import { idKeyOf, type PointId, textOfKey } from '../../base/ids.js';
import { IDS_MAX } from '../../base/limits.js';
import { type Path, parsePath } from '../../filter/path.js';
import { partOf } from '../../store/entry.js';
import { encodePatch, type Step } from '../../store/patch.js';
import type { Draft, LiveIndex } from '../live-index.js';
import { removalsOf } from './points.js';

/** @throws ValidationError INVALID_OPTION */
function stepsAt(text: unknown, place: string): Step[] {
  let path: Path;
  try {
    path = parsePath(text, place);
  } catch (error) {
    if (error instanceof ValidationError) throw new ValidationError('INVALID_OPTION', error.message);
    throw error;
  }
  return path.steps.map((step) => (step === 'each' ? null : 'at' in step ? step.at : step.key));
}

function expectObject(payload: unknown, call: string): Record<string, unknown> {
  if (typeof payload === 'object' && payload !== null && !Array.isArray(payload))
    return payload as Record<string, unknown>;
  const isId = ['number', 'bigint', 'string'].includes(typeof payload);
  const hint = isId ? `: the points come first, ${call}(which, payload)` : awaitHint(payload);
  throw new ValidationError('INVALID_PAYLOAD', `payload must be an object, got ${show(payload)}${hint}`);
}

export function settingPatch(payload: unknown, path: string | undefined): Uint8Array {
  const at = path === undefined ? [] : stepsAt(path, 'path');
  return encodePatch({ kind: 'set', at, values: expectObject(payload, 'setPayload') });
}

export function overwritingPatch(payload: unknown): Uint8Array {
  return encodePatch({ kind: 'overwrite', values: expectObject(payload, 'overwritePayload') });
}

export function deletingPatch(paths: unknown): Uint8Array {
  if (!Array.isArray(paths))
    throw new ValidationError(
      'INVALID_OPTION',
      `paths must be an array of paths, got ${show(paths)}${listHint(paths)}`,
    );
  const { length } = paths;
  // By number, as ids are: a hole is a path that is undefined.
  const steps = Array.from({ length }, (_, i) => stepsAt(paths[i], `paths[${i}]`));
  return encodePatch({ kind: 'delete', paths: steps });
}

export const CLEARING: Uint8Array = encodePatch({ kind: 'clear' });

/** Checks the ids of points that are to be changed, each once. */
export function keysOf(which: PointId | readonly PointId[]): Uint8Array[] {
  const ids = Array.isArray(which) ? (which as readonly PointId[]) : [which as PointId];
  const { length } = ids;
  atMost('ids', length, IDS_MAX, 'Change them in several calls, or by a filter');
  const keys = new Map<string, Uint8Array>();
  for (let i = 0; i < length; i++) {
    const key = idKeyOf(ids[i]!);
    keys.set(textOfKey(key), key);
  }
  return [...keys.values()];
}

/** By the keys of ids; `rows`: the row that each must name then, or its point stays as it is, since it is another. */
export function patchesOf(keys: readonly Uint8Array[], patch: Uint8Array, rows?: readonly number[]): Draft {
  const payloadEnds = Uint32Array.of(patch.length);
  return { ...removalsOf(keys, rows), kind: 'patch', payloads: patch, payloadEnds };
}

/** Points that are asked how large their payloads are. */
const WEIGHED = 64;

/**
 * With what the payloads take that a patch changes, by some of them as they are now: their commit holds all of these in memory.
 * Others, and those of which it is known, as they are.
 */
export function weighed(draft: Draft, { store, stored, collection }: LiveIndex): Draft {
  const { kind, count, ids, idEnds, payloads, rewritten } = draft;
  if (kind !== 'patch' || rewritten !== undefined) return draft;
  const some = Math.min(count, WEIGHED);
  let bytes = 0;
  for (let i = 0; i < some; i++) {
    const id = partOf(ids, idEnds, Math.floor((i * count) / some));
    const row = store.rowOf(collection, id);
    bytes += payloads.length + (row === 0 ? 0 : (stored.head(row)?.payload.length ?? 0));
  }
  return some === 0 ? draft : { ...draft, rewritten: Math.ceil((bytes * count) / some) };
}
