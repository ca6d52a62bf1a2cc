/* Collections as callers name and describe them. */
import type { CollectionConfig, ResolvedConfig } from '../api/config.js';
import { show } from '../base/checks.js';
import { CollectionNotFoundError, ValidationError } from '../base/errors.js';
import { isWellFormed } from '../base/ids.js';
import { NAME_BYTES_MAX } from '../base/limits.js';

export function checkName(name: unknown): string {
  if (
    typeof name !== 'string' ||
    name.length === 0 ||
    !isWellFormed(name) ||
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    /[\u0000-\u001f\u007f]/.test(name) ||
    new TextEncoder().encode(name).length > NAME_BYTES_MAX
  )
    throw new ValidationError(
      'INVALID_NAME',
      `a collection name must be a string of 1 to ${NAME_BYTES_MAX} bytes without control characters, got ${show(name)}`,
    );
  return name;
}

/** `name` is what a caller gave: it may be anything. */
export function notFound(name: unknown, collections: ReadonlyMap<string, unknown>): CollectionNotFoundError {
  return new CollectionNotFoundError(typeof name === 'string' ? name : show(name), [...collections.keys()]);
}

/** The named fields of one kind, to be compared: by all that they have, in the order of their names. */
function fieldsIn(config: ResolvedConfig, kind: 'vectors' | 'sparse' | 'text'): unknown {
  return typeof config[kind] === 'string' ? undefined : plain(config[kind]);
}

function plain(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return JSON.stringify(members.map(([name, member]) => [name, plain(member)]));
}

/**
 * A collection that is there is taken for the one that is asked for, if what was given of its configuration is the same.
 * How it is indexed can differ from one opening to the next.
 *
 * @throws ValidationError
 */
export function expectConfig(
  name: string,
  found: ResolvedConfig,
  given: CollectionConfig,
  wanted: ResolvedConfig,
): void {
  const spelt = given.storage ?? (typeof given.vectors === 'string' ? given.vectors : undefined);
  const members = ['dimension', 'metric', ...(spelt === undefined ? [] : (['storage'] as const))] as const;
  const graph = (['m', 'efConstruction', 'seed'] as const).filter((key) => given.hnsw?.[key] !== undefined);
  const differing = [
    ...members.map((key) => [key, found[key], wanted[key]] as const),
    ...(['vectors', 'sparse', 'text'] as const).map(
      (kind) => [kind, fieldsIn(found, kind), fieldsIn(wanted, kind)] as const,
    ),
    ...graph.map((key) => [`hnsw.${key}`, found.hnsw[key], wanted.hnsw[key]] as const),
  ].find(([, is, asked]) => is !== asked);
  if (!differing) return;
  const [option, is, asked] = differing;
  throw new ValidationError(
    'INVALID_OPTION',
    `the collection ${show(name)} has ${option} ${show(is)}, and ${show(asked)} was asked for. Use what it has, another name, or drop it first`,
  );
}
