/*
 * The operations of a batch as a caller gives them, checked and copied: afterwards they belong to the caller again. An
 * operation is an object with one member that is named like a call and holds the first argument of that; its other arguments
 * stand beside, by their names.
 */
import type { Filter } from '../../api/filter.js';
import { OPTIONS } from '../../api/options.js';
import type { PointInput } from '../../api/points.js';
import { atMost, show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { didYouMean } from '../../base/hints.js';
import type { PointId } from '../../base/ids.js';
import { OPERATIONS_MAX } from '../../base/limits.js';
import type { LiveIndex } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import { asFarAsKnown, type Step } from './decide.js';
import { checkCondition, checkDeletion, checkReplacing, isByFilter } from './delete.js';
import { bytesOfVectors, draftPoints, listOf } from './draft.js';
import type { DraftMemory } from './draft-memory.js';
import { CLEARING, deletingPatch, keysOf, overwritingPatch, patchesOf, settingPatch } from './patches.js';
import { atOperation } from './plan.js';
import { draftRemovals, removalsOf } from './points.js';
import { Totals } from './totals.js';
import { fieldsToDelete, readUpdates, withoutValues } from './values.js';

type Members = Readonly<Record<string, unknown>>;

interface Surroundings {
  readonly live: LiveIndex;
  readonly memory: DraftMemory;
  /** @throws BackpressureError where there is no room for so many bytes */
  checkRoom(bytes: number): void;
}

interface Kind {
  /** What may stand beside the member that names the operation. */
  readonly beside: readonly string[];
  read(first: unknown, beside: Members, surroundings: Surroundings): Step;
}

const NONE = [] as const;

function patching(which: unknown, patch: Uint8Array, call: string, { live }: Surroundings): Step {
  if (isByFilter(which, call)) {
    const filter = checkDeletion(which, live.stored.values, call);
    return { kind: 'matching', filter, draftOf: (keys, rows) => patchesOf(keys, patch, rows) };
  }
  return { kind: 'patch', draft: patchesOf(keysOf(which as PointId), patch) };
}

function idsOf(which: unknown): readonly PointId[] {
  return Array.isArray(which) ? which : [which as PointId];
}

const KINDS: Readonly<Record<string, Kind>> = {
  upsert: {
    beside: ['mode', 'condition'],
    read(points, given, { live, memory, checkRoom }) {
      const { mode, condition } = OPTIONS.upsert.read(given);
      const filter = checkReplacing(condition, mode, live.stored.values);
      const list = listOf(points as PointInput | readonly PointInput[]);
      checkRoom(bytesOfVectors(live.fields) * list.length);
      const checked = draftPoints(list, live.fields, 'throw', memory);
      return mode === 'upsert' && !filter
        ? { kind: 'known', ...checked }
        : { kind: 'put', checked, mode, condition: filter };
    },
  },
  delete: {
    beside: [],
    read(which, _, { live }) {
      if (!isByFilter(which, 'delete'))
        return { kind: 'known', draft: draftRemovals(idsOf(which)), rejected: NONE };
      const filter = checkDeletion(which as { readonly filter: Filter }, live.stored.values);
      return { kind: 'matching', filter, draftOf: removalsOf };
    },
  },
  setPayload: {
    beside: ['payload', 'path'],
    read(which, { payload, path: given }, around) {
      const { path } = OPTIONS.setPayload.read({ path: given });
      return patching(which, settingPatch(payload, path), 'setPayload', around);
    },
  },
  overwritePayload: {
    beside: ['payload'],
    read: (which, { payload }, around) =>
      patching(which, overwritingPatch(payload), 'overwritePayload', around),
  },
  deletePayload: {
    beside: ['paths'],
    read: (which, { paths }, around) => patching(which, deletingPatch(paths), 'deletePayload', around),
  },
  clearPayload: {
    beside: [],
    read: (which, _, around) => patching(which, CLEARING, 'clearPayload', around),
  },
  updateVectors: {
    beside: ['condition'],
    read(points, given, around) {
      const { condition } = OPTIONS.updateVectors.read(given);
      return readUpdates(
        points,
        checkCondition(condition, around.live.stored.values, 'updateVectors'),
        around,
      );
    },
  },
  deleteVectors: {
    beside: ['fields'],
    read(which, { fields: given }, { live }) {
      const fields = fieldsToDelete(given, live);
      if (!isByFilter(which, 'deleteVectors'))
        return { kind: 'known', draft: withoutValues(keysOf(which as PointId), fields), rejected: NONE };
      const filter = checkDeletion(which, live.stored.values, 'deleteVectors');
      return { kind: 'matching', filter, draftOf: (keys, rows) => withoutValues(keys, fields, rows) };
    },
  },
};
const NAMES = Object.keys(KINDS);

/**
 * @throws ValidationError that names the operation by its position
 * @throws BackpressureError for the first that there is no room for, before it is copied
 */
export function readOperations(given: unknown, surroundings: Surroundings): Step[] {
  if (!Array.isArray(given))
    throw new ValidationError('INVALID_OPTION', `batch takes an array of operations, got ${show(given)}`);
  const { length } = given;
  atMost('operations of a batch', length, OPERATIONS_MAX, 'Make several batches');
  // By number: a hole is an operation that is undefined.
  const { checkRoom } = surroundings;
  const totals = new Totals();
  const forMore = { ...surroundings, checkRoom: (bytes: number) => checkRoom(totals.bytes + bytes) };
  const next = (operation: unknown): Step => {
    const step = readOperation(operation, forMore);
    const filter = filterOf(step);
    if (filter) totals.addFilter(filter);
    totals.add(asFarAsKnown(step).draft);
    forMore.checkRoom(0);
    return step;
  };
  return Array.from({ length }, (_, i) => atOperation(i, () => next(given[i])));
}

function filterOf(step: Step): CheckedFilter | undefined {
  if (step.kind === 'matching') return step.filter;
  return 'condition' in step ? step.condition : undefined;
}

function readOperation(operation: unknown, surroundings: Surroundings): Step {
  if (typeof operation !== 'object' || operation === null || Array.isArray(operation))
    throw new ValidationError(
      'INVALID_OPTION',
      `an operation must be an object such as { upsert: points } or { delete: ids }, got ${show(operation)}`,
    );
  const own: Members = { ...operation }; // each member is read once
  const given = Object.keys(own).filter((key) => own[key] !== undefined);
  const named = given.filter((key) => NAMES.includes(key));
  // One that is undefined is left out, as any option; by itself it says what was meant.
  const names = named.length > 0 ? named : Object.keys(own).filter((key) => NAMES.includes(key));
  const [name] = names;
  if (name === undefined || names.length > 1) throw unnamed(names, given);
  const { beside, read } = KINDS[name]!;
  const { [name]: first, ...rest } = own;
  const unknown = given.find((key) => key !== name && !beside.includes(key));
  if (unknown !== undefined) {
    const may = beside.length === 0 ? 'nothing beside it' : `beside it ${beside.join(' and ')}`;
    throw new ValidationError(
      'INVALID_OPTION',
      `{ ${name} } has an unknown member ${show(unknown)}; it may have ${may}${didYouMean(unknown, beside)}`,
    );
  }
  return read(first, rest, surroundings);
}

function unnamed(names: readonly string[], given: readonly string[]): ValidationError {
  const got =
    names.length > 1
      ? `${names.join(' and ')}. Make them operations of their own`
      : given.length === 0
        ? 'nothing'
        : `${given.map(show).join(', ')}${didYouMean(given[0]!, NAMES)}`;
  return new ValidationError(
    'INVALID_OPTION',
    `an operation has one member that says what is done (${NAMES.join(', ')}), got ${got}`,
  );
}
