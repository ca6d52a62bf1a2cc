/* Which fields of payloads a filter asks about, and which fields a payload has: what a misspelt one is told from. */
import type { Payload } from '../store/payload.js';
import type { Condition } from './condition.js';
import { type Path, pathOf, type Step } from './path.js';

/** The paths that a condition looks at, each once; paths within `nested` from the payload on. */
export function pathsIn(condition: Condition): Path[] {
  const found = new Map<string, Path>();
  const add = (one: Condition, before: readonly Step[]): void => {
    if (one.kind === 'all' || one.kind === 'some') for (const part of one.of) add(part, before);
    else if (one.kind === 'not') add(one.of, before);
    else if (one.kind !== 'id' && one.kind !== 'vector') {
      const path = pathOf([...before, ...one.path.steps]);
      if (one.kind === 'nested') add(one.of, path.steps);
      else found.set(path.text, path);
    }
  };
  add(condition, []);
  return [...found.values()];
}

/** Fields of deeper objects are not named. */
const DEPTH = 5;

/** Adds the paths of the fields of a payload, those of objects in arrays as well, until there are `most`. */
export function addFields(payload: Payload, into: Set<string>, most: number): void {
  const addValue = (value: unknown, steps: readonly Step[]): void => {
    if (into.size >= most || typeof value !== 'object' || value === null) return;
    if (Array.isArray(value))
      for (const element of value.slice(0, most)) addValue(element, [...steps, 'each']);
    else if (steps.length < DEPTH)
      for (const [key, inner] of Object.entries(value)) {
        const path = [...steps, { key }];
        if (into.size < most) into.add(pathOf(path).text);
        addValue(inner, path);
      }
  };
  addValue(payload, []);
}
