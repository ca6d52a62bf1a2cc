/*
 * What requests must look like: JSON Schema by TypeBox, which is imported here alone. One schema checks (compiled at its first
 * use), is given out as OpenAPI, and must agree with the type that callers see, or it does not compile.
 *
 * What does not parse is answered with 400, and a number out of its range with 422, as Qdrant does.
 */
import Type, { type Static, type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { Settings } from 'typebox/system';
import { show } from '../../../base/checks.js';
import { formatError, QdrantError } from '../errors.js';

export type {
  Static,
  TArray,
  TInteger,
  TLiteral,
  TNull,
  TNumber,
  TObject,
  TOptional,
  TSchema,
  TUnion,
  TUnsafe,
} from 'typebox';
export { Type };

/** Where a value stands: Qdrant's errors name it. */
export type Place = 'JSON body' | 'query parameters' | 'path parameters';

export interface Schema<T> {
  /** As JSON Schema. */
  readonly json: object;
  /**
   * `at`: where the value stands in what was given, as a JSON pointer.
   *
   * @throws QdrantError 400, 422
   */
  check(value: unknown, place: Place, at?: string): T;
}

interface Failure {
  readonly keyword: string;
  readonly instancePath: string;
  readonly message: string;
  readonly params: Readonly<Record<string, unknown>>;
}

/** Numbers that are out of range, and lists that are too short: they parse, and are not valid. */
const RANGES = new Set(['minimum', 'maximum', 'minItems', 'minLength', 'exclusiveMinimum']);

/** Of `a/0/b`: `a[0].b`. */
function pathOf(pointer: string): string {
  return pointer
    .slice(1)
    .split('/')
    .map((key) => (/^\d+$/.test(key) ? `[${key}]` : `.${key}`))
    .join('')
    .replace(/^\./, '');
}

function valueAt(value: unknown, pointer: string): unknown {
  const keys = pointer.split('/').slice(1);
  return keys.reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], value);
}

const shown = (value: unknown): string =>
  typeof value === 'bigint' || typeof value === 'number'
    ? String(value)
    : typeof value === 'string'
      ? JSON.stringify(value).slice(0, 100)
      : show(value);

/** The failures at the deepest place: of the alternatives that a value may be, the one that came nearest. */
function nearest(failures: readonly Failure[]): Failure[] {
  const real = failures.filter(
    ({ keyword, params }) => keyword !== 'anyOf' && !(keyword === 'type' && params['type'] === 'null'),
  );
  const depth = (failure: Failure): number => failure.instancePath.split('/').length;
  const deepest = Math.max(0, ...real.map(depth));
  return real.filter((failure) => depth(failure) === deepest);
}

function limitOf({ keyword, params }: Failure, value: unknown): string {
  const limit = String(params['limit']);
  if (keyword === 'minItems' || keyword === 'minLength') return `must have ${limit} elements or more`;
  return `value ${shown(value)} invalid, must be ${limit} or ${keyword === 'maximum' ? 'smaller' : 'larger'}`;
}

const NOUNS: Readonly<Record<string, string>> = {
  object: 'an object',
  array: 'an array',
  integer: 'an integer',
  number: 'a number',
  bigint: 'an integer',
  string: 'a string',
  boolean: 'a boolean',
};

/** What would have been right: a kind of value, or the value itself. */
function expectedBy({ keyword, params, message }: Failure): string {
  if (keyword === 'const') return `must be ${shown(params['allowedValue'])}`;
  const noun = keyword === 'type' ? NOUNS[String(params['type'])] : undefined;
  return noun ? `must be ${noun}` : message;
}

/** Of `must be a`, `must be b` and `must be c`: `must be a, b or c`. */
function listed(all: readonly string[]): string {
  const [first = '', ...others] = [...new Set(all)];
  if (others.length === 0) return first;
  const short = others.map((text) => text.replace(/^must be /, ''));
  return `${[first, ...short.slice(0, -1)].join(', ')} or ${short.at(-1)}`;
}

function errorOf(failures: readonly Failure[], value: unknown, place: Place, above: string): QdrantError {
  const found = nearest(failures);
  const range = found.find(({ keyword }) => RANGES.has(keyword));
  const first = range ?? found[0];
  if (!first) return formatError('data did not match any variant', place);
  const at = valueAt(value, first.instancePath);
  const where = pathOf(above + first.instancePath);
  if (range) {
    if (typeof at === 'number' && at < 0 && first.keyword === 'minimum' && Number.isInteger(at))
      return formatError(`${where}: invalid value: integer \`${at}\`, expected an unsigned integer`, place);
    return new QdrantError(422, `Validation error in ${place}: [${where}: ${limitOf(first, at)}]`);
  }
  const missing = first.params['requiredProperties'];
  if (first.keyword === 'required' && Array.isArray(missing))
    return formatError(`${where && `${where}: `}missing field \`${missing.join('`, `')}\``, place);
  const here = found.filter(({ instancePath }) => instancePath === first.instancePath);
  return formatError(
    `${where && `${where}: `}invalid value ${shown(at)}: ${listed(here.map(expectedBy))}`,
    place,
  );
}

/** Enough for each alternative of a query: of the eight that TypeBox gives, none may be the one that was meant. */
const FAILURES_MAX = 256;

/** The setting is TypeBox's for the whole process, so it is put back. */
function failuresOf(compiled: ReturnType<typeof Compile>, value: unknown): readonly Failure[] {
  const { maxErrors } = Settings.Get();
  Settings.Set({ maxErrors: FAILURES_MAX });
  try {
    return compiled.Errors(value) as unknown as Failure[];
  } finally {
    Settings.Set({ maxErrors });
  }
}

/** A schema of the values that `T` describes. It must allow nothing else, and name all members that `T` has. */
export function schemaOf<T>() {
  return <S extends TSchema>(
    json: S,
    ..._wrong: [Static<S>] extends [T]
      ? [keyof T] extends [keyof Static<S>]
        ? []
        : [missing: Exclude<keyof T, keyof Static<S>>]
      : [expected: T, got: Static<S>]
  ): Schema<T> => {
    let compiled: ReturnType<typeof Compile> | undefined;
    return {
      json,
      check(value, place, at = '') {
        compiled ??= Compile(json);
        if (compiled.Check(value)) return value as T;
        throw errorOf(failuresOf(compiled, value), value, place, at);
      },
    };
  };
}
