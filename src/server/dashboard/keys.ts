/* Which paths payloads have, by a sample of them: what a filter may name. */
import type { Collection } from '../../api/collection.js';
import type { KeyView } from './wire.js';

const SAMPLE = 100;
const EXAMPLES = 8;
const DEPTH = 6;
const PATHS = 500;
/** Longer texts are no help in completing a filter. */
const EXAMPLE_LENGTH = 80;

/** A key as filters write it. */
const quoted = (key: string): string => (/^[\p{L}\p{N}_-]+$/u.test(key) ? key : JSON.stringify(key));

interface Seen {
  readonly types: Set<string>;
  readonly examples: Set<string | number | boolean>;
}

function typeOf(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}

function note(seen: Map<string, Seen>, path: string, value: unknown): void {
  let known = seen.get(path);
  if (!known) {
    if (seen.size >= PATHS) return;
    seen.set(path, (known = { types: new Set(), examples: new Set() }));
  }
  known.types.add(typeOf(value));
  if (known.examples.size >= EXAMPLES) return;
  if (typeof value === 'number' || typeof value === 'boolean') known.examples.add(value);
  if (typeof value === 'string' && value.length <= EXAMPLE_LENGTH) known.examples.add(value);
}

function walk(seen: Map<string, Seen>, path: string, value: unknown, depth: number): void {
  if (path !== '') note(seen, path, value);
  if (depth === 0 || typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const one of value.slice(0, EXAMPLES))
      if (typeof one === 'object' && one !== null) walk(seen, `${path}[]`, one, depth - 1);
      else note(seen, path, one);
    return;
  }
  for (const [key, member] of Object.entries(value))
    walk(seen, path === '' ? quoted(key) : `${path}.${quoted(key)}`, member, depth - 1);
}

/** `counting`: what counts points as they are read. */
export async function keysOf(collection: Collection, counting: object): Promise<KeyView[]> {
  const { points } = await collection.scrollPage({ limit: SAMPLE, ...counting });
  const sample = { query: { sample: 'random', seed: 1 }, k: SAMPLE } as const;
  const others = await collection.query({ ...sample, ...counting });
  const seen = new Map<string, Seen>();
  for (const { payload } of [...points, ...others]) walk(seen, '', payload, DEPTH);
  const kinds = new Map(collection.info().payloadIndexes.map(({ path, kind }) => [path, kind]));
  for (const path of kinds.keys())
    if (!seen.has(path)) seen.set(path, { types: new Set(), examples: new Set() });
  return [...seen]
    .map(([path, { types, examples }]) => ({
      path,
      types: [...types],
      examples: [...examples],
      index: kinds.get(path) ?? null,
    }))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
}
