/* Fields that come into a configuration and go out of it: checked as those that it begins with. */
import type { CollectionConfig, CollectionOptions } from '../api/config.js';
import { OPTIONS } from '../api/options.js';
import { isRecord, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { checkFieldName, readConfig, resolveConfig } from './config.js';

/** Where a configuration has fields of a kind. */
const KINDS = { vector: 'vectors', sparse: 'sparse', text: 'text' } as const;

/** A field as it is to be added: as plain data. */
export interface GivenField {
  readonly name: string;
  readonly kind: (typeof KINDS)[keyof typeof KINDS];
  readonly options: object;
}

const SHAPES =
  'a field is { vector: { dimension, metric } }, { sparse: {} } or { text: { path } }, one of them';

function membersOf(field: unknown): ReturnType<typeof OPTIONS.createField.given> {
  try {
    return OPTIONS.createField.given(field);
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    throw new ValidationError(error.code, `${error.message}: ${SHAPES}`);
  }
}

/** @throws ValidationError for a name or a field that no configuration may have */
export function readField(name: unknown, field: unknown): GivenField {
  const checked = checkFieldName(name);
  const given = membersOf(field);
  const [member, ...others] = Object.keys(given) as (keyof typeof KINDS)[];
  if (member === undefined || others.length > 0) {
    const got = member === undefined ? 'none' : [member, ...others].join(' and ');
    throw new ValidationError('INVALID_OPTION', `createField: ${SHAPES}; got ${got}`);
  }
  if (!isRecord(given[member]))
    throw new ValidationError(
      'INVALID_OPTION',
      `createField: ${SHAPES}; its ${member} is ${show(given[member])}`,
    );
  const kind = KINDS[member];
  const config = readConfig({ [kind]: { [checked]: given[member] } });
  resolveConfig(config, { threads: 1 }); // says what is wrong with it
  const options = (config[kind] as Readonly<Record<string, object>>)[checked]!;
  return { name: checked, kind, options };
}

/** A configuration with one field more. */
export function withField(config: CollectionConfig, { name, kind, options }: GivenField): CollectionConfig {
  const own = byNames(config);
  return { ...own, [kind]: { ...own[kind], [name]: options } };
}

/** One without a named field. */
export function withoutField(config: CollectionConfig, name: string): CollectionConfig {
  const left: Record<string, unknown> = { ...byNames(config) };
  for (const kind of Object.values(KINDS)) {
    const fields = Object.entries(left[kind] ?? {}).filter(([other]) => other !== name);
    delete left[kind];
    if (fields.length > 0) left[kind] = Object.fromEntries(fields);
  }
  return left as unknown as CollectionConfig;
}

/** `vectors` may be another spelling of `storage`: here it has names. */
function byNames(config: CollectionConfig): CollectionOptions {
  const { vectors, ...rest } = config;
  if (typeof vectors === 'string') return { ...rest, storage: rest.storage ?? vectors };
  return vectors === undefined ? rest : { ...rest, vectors };
}

/** @throws ValidationError for the unnamed field, which stays, and for an invalid name */
export function checkDrop(name: unknown): string {
  if (name === '')
    throw new ValidationError(
      'INVALID_NAME',
      `the unnamed field of a collection cannot be dropped: drop the collection, or copy its points`,
    );
  return checkFieldName(name);
}
