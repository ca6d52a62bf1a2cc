/* What a collection is made of: checked once, complete afterwards, kept in the store. */
import type { CollectionConfig, ResolvedConfig, ResolvedDense, ResolvedText } from '../api/config.js';
import { DIMENSION, METRIC, STORAGE } from '../api/config-options.js';
import { OPTIONS } from '../api/options.js';
import { atMost, isRecord, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { awaitHint } from '../base/hints.js';
import { isWellFormed } from '../base/ids.js';
import { ARENA_BYTES_MAX, FIELDS_MAX, NAME_BYTES_MAX, THREADS_MAX } from '../base/limits.js';
import { checkLanguage } from '../fields/text/analysis/languages.js';
import { parsePath } from '../filter/path.js';
import type { Metric } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';

/** What collections are opened on. Tests give other numbers. */
export interface Machine {
  readonly platform: Platform;
  /** Threads that link where a configuration does not say how many. */
  readonly threads: number;
  /** Most bytes of one arena. */
  readonly arenaBytes: number;
}

export function machineOf(platform: Platform): Machine {
  const threads = Math.min(platform.pool.parallelism, THREADS_MAX);
  return { platform, threads, arenaBytes: ARENA_BYTES_MAX };
}

/**
 * A configuration as plain data, as the store keeps it: what was given and nothing else, by the names of today. The
 * values are not checked.
 *
 * @throws ValidationError for what is not an object, or has an unknown option
 */
export function readConfig(config: unknown): CollectionConfig {
  const given = OPTIONS.createCollection.given(config);
  if (given['hnsw'] !== undefined) given['hnsw'] = OPTIONS.hnsw.given(given['hnsw']);
  if (given['indexing'] !== undefined) given['indexing'] = OPTIONS.indexing.given(given['indexing']);
  if (typeof given['vectors'] !== 'string') readNamed(given, 'vectors', OPTIONS.dense);
  readNamed(given, 'sparse', OPTIONS.sparse);
  readNamed(given, 'text', OPTIONS.text);
  return given as unknown as CollectionConfig;
}

/** The options of named fields, each as it is given. */
function readNamed(
  given: Record<string, unknown>,
  kind: 'vectors' | 'sparse' | 'text',
  call: { given(options: unknown): Record<string, unknown> },
): void {
  if (given[kind] === undefined) return;
  given[kind] = eachField(kind, given[kind], (name, options) =>
    within(kind, name, () => {
      const own = call.given(options);
      if (own['hnsw'] !== undefined) own['hnsw'] = OPTIONS.hnsw.given(own['hnsw']);
      return own;
    }),
  );
}

const EXAMPLES: Readonly<Record<string, string>> = {
  vectors: '{ title: { dimension: 384, metric: "cosine" } }',
  sparse: '{ words: {} }',
  text: '{ title: { path: "title" } }',
};

function eachField<T>(
  kind: string,
  given: unknown,
  of: (name: string, options: unknown) => T,
): Record<string, T> {
  const expected = `${kind} must be an object of fields by their names, such as ${EXAMPLES[kind]}`;
  if (!isRecord(given))
    throw new ValidationError('INVALID_OPTION', `${expected}; got ${show(given)}${awaitHint(given)}`);
  for (const [name, options] of Object.entries(given))
    if (!isRecord(options))
      throw new ValidationError('INVALID_OPTION', `${expected}; its ${show(name)} is ${show(options)}`);
  return Object.fromEntries(Object.entries(given).map(([name, options]) => [name, of(name, options)]));
}

/** Says of which field an error is. */
function within<T>(kind: string, name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ValidationError(error.code, `${kind} ${show(name)}: ${error.message}`);
  }
}

/** @throws ValidationError naming the option that is missing, unknown, of the wrong type or out of range */
export function resolveConfig(config: CollectionConfig, machine: Pick<Machine, 'threads'>): ResolvedConfig {
  const given = OPTIONS.createCollection.read(config);
  const { dimension, metric, storage: wanted, hnsw, indexing = {}, vectors, sparse, text } = given;
  const spelt = typeof vectors === 'string' ? STORAGE.of('vectors', vectors) : undefined;
  if (wanted !== undefined && spelt !== undefined && wanted !== spelt)
    throw new ValidationError(
      'INVALID_OPTION',
      `createCollection: storage and its alias vectors were both given (${show(wanted)} and ${show(spelt)}): use storage`,
    );
  const storage = wanted ?? spelt ?? 'memory';
  const unnamed = dimension !== undefined || metric !== undefined;
  if (!unnamed) expectNoUnnamed({ storage: wanted, vectors: spelt, hnsw });
  const { threads = machine.threads, ...rest } = OPTIONS.indexing.read(indexing);
  const named = typeof vectors === 'string' ? undefined : vectors;
  const resolved: ResolvedConfig = {
    dimension: unnamed ? DIMENSION.of('dimension', dimension) : 0,
    metric: unnamed ? METRIC.of('metric', metric) : 'cosine',
    storage,
    vectors: named ? resolvedFields('vectors', named, resolvedDense) : storage,
    hnsw: OPTIONS.hnsw.read(hnsw ?? {}),
    indexing: { ...rest, threads, segmentCount: threads },
    ...(sparse && { sparse: resolvedFields('sparse', sparse, (options) => OPTIONS.sparse.read(options)) }),
    ...(text && { text: resolvedFields('text', text, resolvedText) }),
  };
  checkNames(resolved);
  return resolved;
}

/** Options that describe the unnamed field. */
function expectNoUnnamed(options: Readonly<Record<string, unknown>>): void {
  const [name] = Object.entries(options).find(([, value]) => value !== undefined) ?? [];
  if (name === undefined) return;
  throw new ValidationError(
    'INVALID_OPTION',
    `${name} belongs to the unnamed vector field: give dimension and metric as well, or move ${name} into a field of vectors`,
  );
}

function resolvedFields<T>(kind: string, given: unknown, of: (options: unknown) => T): Record<string, T> {
  return eachField(kind, given, (name, options) => within(kind, name, () => of(options)));
}

function resolvedDense(options: unknown): ResolvedDense {
  const { hnsw = {}, ...rest } = OPTIONS.dense.read(options);
  return { ...rest, metric: rest.metric as Metric, hnsw: OPTIONS.hnsw.read(hnsw) };
}

function resolvedText(options: unknown): ResolvedText {
  const text = OPTIONS.text.read(options);
  checkLanguage(text.language, 'language');
  return { ...text, path: parsePath(text.path, 'path', 'INVALID_OPTION').text };
}

/** Each name once, whatever kind it is of. */
function checkNames(config: ResolvedConfig): void {
  const { vectors, sparse = {}, text = {} } = config;
  const names = [typeof vectors === 'string' ? {} : vectors, sparse, text].flatMap(Object.keys);
  for (const name of names) checkFieldName(name);
  const twice = names.find((name, i) => names.indexOf(name) < i);
  if (twice !== undefined)
    throw new ValidationError('INVALID_OPTION', `two fields have the name ${show(twice)}: give each its own`);
  const all = names.length + (config.dimension > 0 ? 1 : 0);
  atMost('fields of a collection', all, FIELDS_MAX, 'Put the points into several collections');
}

/** @throws ValidationError INVALID_NAME */
export function checkFieldName(name: unknown): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  const bad = typeof name !== 'string' || !isWellFormed(name) || /[\u0000-\u001f\u007f]/.test(name);
  if (!bad && name !== '' && new TextEncoder().encode(name).length <= NAME_BYTES_MAX) return name;
  throw new ValidationError(
    'INVALID_NAME',
    `the name of a field must be a string of 1 to ${NAME_BYTES_MAX} bytes without control characters, got ${show(name)}`,
  );
}
