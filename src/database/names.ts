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

type Options = Readonly<Record<string, unknown>>;

/** In words, what of some options is not as it was asked for. `of`: whose they are. */
function* differing(
  of: string,
  found: Options,
  wanted: Options,
  keys = Object.keys(wanted),
): Generator<string> {
  for (const key of keys) {
    const [is, asked] = [found[key], wanted[key]];
    if (key === 'dimension' && asked === 0 && is !== 0)
      yield `has an unnamed field of ${show(is)} dimensions, which was not requested. Pass`;
    else if (JSON.stringify(is) !== JSON.stringify(asked))
      yield `has ${of}${key} ${show(is)}, but ${show(asked)} was requested. Pass`;
  }
}

/** The same of the named fields that are asked for. There may be others by now, which came by createField. */
function* differingFields(found: ResolvedConfig, wanted: ResolvedConfig): Generator<string> {
  const fieldsIn = (config: ResolvedConfig, kind: 'vectors' | 'sparse' | 'text'): Map<string, object> =>
    new Map(typeof config[kind] === 'string' ? [] : Object.entries<object>(config[kind] ?? {}));
  for (const kind of ['vectors', 'sparse', 'text'] as const) {
    const known = fieldsIn(found, kind);
    for (const [name, options] of fieldsIn(wanted, kind)) {
      const is = known.get(name);
      const of = `${kind} ${show(name)}`;
      if (is) yield* differing(`${of} with `, flat(is), flat(options));
      else yield `has no ${of}. Add it with createField, pass`;
    }
  }
}

/** Options of a field, those of its graph among them. */
function flat({ hnsw = {}, ...rest }: { readonly hnsw?: object }): Options {
  const graph = Object.entries(hnsw).map(([key, value]) => [`hnsw.${key}`, value]);
  return { ...rest, ...Object.fromEntries(graph) };
}

/**
 * A collection that is there is taken for the one that is asked for, if what was given of its configuration is the same. How it is
 * indexed can differ from one opening to the next, and it may have more fields by now.
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
  const members = ['dimension', 'metric', ...(spelt === undefined ? [] : ['storage'])];
  const graph = Object.keys(given.hnsw ?? {}).map((key) => `hnsw.${key}`);
  const [difference] = [
    ...differing('', flat(found), flat(wanted), [...members, ...graph]),
    ...differingFields(found, wanted),
  ];
  if (difference === undefined) return;
  throw new ValidationError(
    'INVALID_OPTION',
    `the collection ${show(name)} exists and ${difference} the configuration that it has, or use another name`,
  );
}
