/* Random changes of payloads, and how a caller makes them. */
import type { Collection, Operation, PointSelector, WriteReceipt } from '#silt/index.js';
import { randomPayload } from './filters.js';
import type { Change } from './patched.js';
import { integer, type Random } from './random.js';

/** Paths as callers write them, and their steps. */
const PATHS: readonly (readonly [text: string, steps: readonly (string | number | null)[]])[] = [
  ['sub', ['sub']],
  ['sub."x y"', ['sub', 'x y']],
  ['list[]', ['list', null]],
  ['list[0]', ['list', 0]],
  ['list[1].sub', ['list', 1, 'sub']],
  ['flag', ['flag']],
];

/** Most keep the version of a payload, or give it another. */
export function randomChange(random: Random, version: number): Change {
  const draw = random();
  const values = randomPayload(random) ?? {};
  if (draw < 0.5) return { kind: 'set', at: [], values: { ...values, version } };
  if (draw < 0.65) return { kind: 'set', at: PATHS[integer(random, 0, PATHS.length)]![1], values };
  if (draw < 0.8) return { kind: 'overwrite', values: { ...values, version } };
  if (draw < 0.82) return { kind: 'clear' };
  return { kind: 'delete', paths: [PATHS[integer(random, 0, PATHS.length)]![1], ['n']] };
}

function textOf(steps: readonly (string | number | null)[]): string {
  return PATHS.find(([, own]) => JSON.stringify(own) === JSON.stringify(steps))?.[0] ?? String(steps[0]);
}

/** Makes a change by the call for it. */
export function patching(points: Collection, which: PointSelector, change: Change): Promise<WriteReceipt> {
  switch (change.kind) {
    case 'set':
      return change.at.length === 0
        ? points.setPayload(which, change.values)
        : points.setPayload(which, change.values, { path: textOf(change.at) });
    case 'overwrite':
      return points.overwritePayload(which, change.values);
    case 'delete':
      return points.deletePayload(which, change.paths.map(textOf));
    case 'clear':
      return points.clearPayload(which);
  }
}

/** The same, as an operation of a batch. */
export function patchOperation(which: PointSelector, change: Change): Operation {
  switch (change.kind) {
    case 'set':
      return change.at.length === 0
        ? { setPayload: which, payload: change.values }
        : { setPayload: which, payload: change.values, path: textOf(change.at) };
    case 'overwrite':
      return { overwritePayload: which, payload: change.values };
    case 'delete':
      return { deletePayload: which, paths: change.paths.map(textOf) };
    case 'clear':
      return { clearPayload: which };
  }
}
