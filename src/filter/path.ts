/*
 * Paths into payloads: `a.b`, `a[].b` (of every element), `a[0]`, `"a.b".c` (a key that holds a dot).
 * As in Qdrant, a key does not look into the elements of an array: that is what `[]` says.
 */
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { PATH_LETTERS_MAX, PAYLOAD_DEPTH_MAX } from '../base/limits.js';
import type { Payload } from '../store/payload.js';

export type Step = { readonly key: string } | { readonly at: number } | 'each';

export interface Path {
  /** The same for all spellings of one path. */
  readonly text: string;
  readonly steps: readonly Step[];
}

/** Keys of letters, digits, _ and - stand as they are; others in quotes. */
const BARE = /^[\p{Alphabetic}\p{N}_-]+$/u;
const KEY = /([\p{Alphabetic}\p{N}_-]+)|"([^"\\]*)"/uy;
const INDEX = /\[(\d*)\]/y;

/** What matches at `from`, and the end of it. */
function take(pattern: RegExp, text: string, from: number): RegExpExecArray | null {
  pattern.lastIndex = from;
  return pattern.exec(text);
}

function textOf(steps: readonly Step[]): string {
  let text = '';
  for (const step of steps) {
    if (step === 'each') text += '[]';
    else if ('at' in step) text += `[${step.at}]`;
    else text += `${text ? '.' : ''}${BARE.test(step.key) ? step.key : `"${step.key}"`}`;
  }
  return text;
}

export function pathOf(steps: readonly Step[]): Path {
  return { text: textOf(steps), steps };
}

/** The steps of a path, or where it goes wrong. */
function stepsOf(text: string): Step[] | number {
  const steps: Step[] = [];
  for (let at = 0; at < text.length || at === 0; ) {
    const index = at > 0 ? take(INDEX, text, at) : null;
    if (index) {
      const position = Number(index[1]);
      if (!Number.isSafeInteger(position)) return at;
      steps.push(index[1] === '' ? 'each' : { at: position });
      at += index[0].length;
      continue;
    }
    if (at > 0 && text[at] !== '.') return at;
    const start = at > 0 ? at + 1 : 0;
    const key = take(KEY, text, start);
    if (!key) return start;
    steps.push({ key: key[1] ?? key[2]! });
    at = start + key[0].length;
  }
  return steps;
}

/**
 * A path from its text; `place` is where the text stands, and `code` what an error of that place has.
 *
 * @throws ValidationError
 */
export function parsePath(
  text: unknown,
  place: string,
  code: 'INVALID_FILTER' | 'INVALID_OPTION' | 'INVALID_QUERY' = 'INVALID_FILTER',
): Path {
  // Its letters first: V8 keeps each that a pattern takes on a stack, which ends.
  if (typeof text === 'string' && text.length > PATH_LETTERS_MAX)
    throw new ValidationError(
      code,
      `${place} is a path of ${text.length} letters; it may have ${PATH_LETTERS_MAX}`,
    );
  const steps = typeof text === 'string' ? stepsOf(text) : 0;
  if (typeof steps === 'number') {
    const where = typeof text === 'string' ? ` (wrong at character ${steps + 1})` : '';
    throw new ValidationError(
      code,
      `${place} must be a path such as a.b, a[].b, a[0] or "a b".c, got ${show(text)}${where}`,
    );
  }
  if (steps.length > PAYLOAD_DEPTH_MAX)
    throw new ValidationError(
      code,
      `${place} is a path of ${steps.length} steps: payloads are nested ${PAYLOAD_DEPTH_MAX} levels deep at most`,
    );
  return pathOf(steps);
}

/** The path of the elements of what is at `path`, which may name them already. */
export function eachOf(path: Path): Path {
  if (path.steps.at(-1) === 'each') return path;
  return { text: `${path.text}[]`, steps: [...path.steps, 'each'] };
}

/** Whether some value at the steps from `from` on holds. Leaves off at the first one that does. */
export function someAt<C>(
  node: unknown,
  steps: readonly Step[],
  holds: (value: unknown, context: C) => boolean,
  context: C,
  from = 0,
): boolean {
  for (let i = from; i < steps.length; i++) {
    const step = steps[i]!;
    if (typeof node !== 'object' || node === null) return false;
    if (step === 'each') {
      if (!Array.isArray(node)) return false;
      for (const element of node) if (someAt(element, steps, holds, context, i + 1)) return true;
      return false;
    }
    if ('at' in step) {
      if (!Array.isArray(node)) return false;
      node = node[step.at];
    } else {
      // What an object inherits, such as `constructor`, is no part of a payload.
      if (Array.isArray(node) || !Object.hasOwn(node, step.key)) return false;
      node = (node as Payload)[step.key];
    }
  }
  return node !== undefined && holds(node, context);
}

function collect(value: unknown, into: unknown[]): boolean {
  into.push(value);
  return false;
}

/** The values at a path: several where it goes through `[]`, none where there is nothing. */
export function valuesAt(payload: Payload | undefined, path: Path): unknown[] {
  const values: unknown[] = [];
  someAt(payload, path.steps, collect, values);
  return values;
}

/** What conditions look at: the elements of values that are arrays, and the other values themselves. */
export function elementsOf(values: readonly unknown[]): unknown[] {
  return values.flat(1);
}
