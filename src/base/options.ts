/*
 * Options of calls, described once: what each must be, its default and one sentence on it. Checks, the texts of errors
 * and docs/OPTIONS.md come from that (api/options.ts has the table).
 */
import { atMost, isRecord, show } from './checks.js';
import { ValidationError } from './errors.js';
import { awaitHint, didYouMean, memberHint, numberHint } from './hints.js';
import { numeral } from './numeral.js';

/** What a value must be. */
export interface Check<T> {
  /** In words, as they stand behind "must be". */
  readonly type: string;
  /** Returns the value, or throws a ValidationError that names it. */
  of(name: string, value: unknown): T;
}

/** One option of a call. `D`: whether it has a default, and is then always there. */
export interface Option<T, D extends boolean = boolean> {
  readonly check: Check<T>;
  /** The value where it is not given; undefined where there is none, or it depends on the machine. */
  readonly otherwise: D extends true ? T : undefined;
  /** The default in words. */
  readonly shown: string;
  /** One sentence. */
  readonly says: string;
  /** Other spellings. */
  readonly aliases: readonly string[];
  /** An error where it is not given. */
  readonly required: boolean;
}

interface More {
  readonly aliases?: readonly string[];
  /** What stands for the default in the documentation. */
  readonly shown?: string;
}

function shownOf(value: unknown): string {
  return typeof value === 'number'
    ? numeral(value)
    : typeof value === 'string'
      ? `'${value}'`
      : String(value);
}

/** An option that may be left out, and is undefined then. */
export function optional<T>(
  check: Check<T>,
  says: string,
  { aliases = [], shown = '' }: More = {},
): Option<T, false> {
  return { check, otherwise: undefined, shown, says, aliases, required: false };
}

/** An option with a default. */
export function defaulting<T>(
  check: Check<T>,
  otherwise: T,
  says: string,
  { aliases = [], shown = shownOf(otherwise) }: More = {},
): Option<T, true> {
  return { check, otherwise, shown, says, aliases, required: false };
}

/** An option that must be given. */
export function required<T>(check: Check<T>, says: string): Option<T, true> {
  return { check, otherwise: undefined as T, shown: 'required', says, aliases: [], required: true };
}

function refuse(name: string, type: string, value: unknown, hint = ''): ValidationError {
  return new ValidationError('INVALID_OPTION', `${name} must be ${type}, got ${show(value)}${hint}`);
}

/** `hint`: what stands behind the error, by the value that came. */
export function checkOf<T>(
  type: string,
  holds: (value: unknown) => boolean,
  hint?: (value: unknown) => string,
): Check<T> {
  return {
    type,
    of(name, value) {
      if (holds(value)) return value as T;
      throw refuse(name, type, value, hint?.(value));
    },
  };
}

function integerType(from: number, to: number): string {
  const end = to >= Number.MAX_SAFE_INTEGER ? '' : ` to ${numeral(to)}`;
  return `an integer from ${numeral(from)}${end}`;
}

export function integer(from: number, to: number = Number.MAX_SAFE_INTEGER): Check<number> {
  return checkOf(
    integerType(from, to),
    (value) => Number.isInteger(value) && (value as number) >= from && (value as number) <= to,
    numberHint,
  );
}

/** The same, where more than `most` is too much at once: `instead` says what to do. */
export function limited(from: number, most: number, instead: string): Check<number> {
  const type = integerType(from, most);
  return {
    type,
    of(name, value) {
      if (!Number.isSafeInteger(value) || (value as number) < from)
        throw refuse(name, type, value, numberHint(value));
      atMost(name, value as number, most, instead);
      return value as number;
    },
  };
}

export function above0(most: number): Check<number> {
  return checkOf(
    `a number above 0, at most ${numeral(most)}`,
    (value) => typeof value === 'number' && value > 0 && value <= most,
    numberHint,
  );
}

export function from0(most: number): Check<number> {
  return checkOf(
    `a number from 0 to ${numeral(most)}`,
    (value) => typeof value === 'number' && value >= 0 && value <= most,
    numberHint,
  );
}

export const finite: Check<number> = checkOf('a finite number', Number.isFinite, numberHint);

export const flag: Check<boolean> = checkOf('true or false', (value) => typeof value === 'boolean');

export function choice<T extends string>(...choices: readonly T[]): Check<T> {
  return checkOf(
    `one of ${choices.join(', ')}`,
    (value) => choices.includes(value as T),
    (value) => (typeof value === 'string' ? didYouMean(value, choices) : ''),
  );
}

/** Of whichever realm, and polyfills. */
function isSignal(value: unknown): boolean {
  const given = (value ?? {}) as Partial<AbortSignal>;
  const calls = [given.addEventListener, given.removeEventListener, given.throwIfAborted];
  return typeof given.aborted === 'boolean' && calls.every((call) => typeof call === 'function');
}

export const signal: Check<AbortSignal> = checkOf('an AbortSignal', isSignal, (value) =>
  memberHint(value, 'signal'),
);

/** The sequence number of a write. */
export const sequence: Check<number> = checkOf(
  integerType(0, Infinity),
  (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  (value) => memberHint(value, 'seq'),
);

export function integerOrNull(from: number): Check<number | null> {
  const type = `${integerType(from, Infinity)}, or null`;
  return checkOf(
    type,
    (value) => value === null || (Number.isSafeInteger(value) && (value as number) >= from),
  );
}

/** A function; `F` is what the caller knows of it. */
export function listener<F>(): Check<F> {
  return checkOf('a function', (value) => typeof value === 'function');
}

/** A value that is checked by `of`; without that, later, by who uses it. */
export function checked<T>(type: string, of: (value: unknown) => T = (value) => value as T): Check<T> {
  return { type, of: (_, value) => of(value) };
}

/** A table: every option of `O`, and no others. `D`: those that have a default or are required. */
export type Table<O, D extends keyof O> = {
  readonly [K in keyof O]-?: K extends D
    ? Option<Checked<Exclude<O[K], undefined>>, true>
    : Option<Checked<Exclude<O[K], undefined>>, false>;
};

/** What a check makes of a value: a signal, whatever it was given as, is used as an AbortSignal. */
type Checked<T> = T extends { throwIfAborted(): void } ? AbortSignal : T;

/** The options of a call as they are used: all members are there. */
export type Values<O, D extends keyof O> = {
  readonly [K in keyof O]-?: K extends D
    ? Checked<Exclude<O[K], undefined>>
    : Checked<Exclude<O[K], undefined>> | undefined;
};

type AnyTable = Readonly<Record<string, Option<unknown>>>;
type Members = Record<string, unknown>;

/** An option with its name, and with that by which errors name it. */
interface Named {
  readonly name: string;
  readonly path: string;
  readonly option: Option<unknown>;
}

/** The value of an option that is not given. */
function without({ path, option }: Named): unknown {
  return option.required ? option.check.of(path, undefined) : option.otherwise;
}

/** The options of one call. */
export class Call<O extends object, D extends keyof O = never> {
  /** As errors name it. */
  readonly name: string;
  readonly table: AnyTable;
  readonly #names: readonly string[];
  readonly #options: readonly Named[];
  readonly #known: ReadonlySet<string>;
  readonly #what: string;
  readonly #prefix: string;

  /** `what`: what an error calls the object itself. `prefix` stands before the names of its members. */
  constructor(
    name: string,
    table: NoInfer<Table<O, D>>,
    { what = `${name} options`, prefix = '' }: { readonly what?: string; readonly prefix?: string } = {},
  ) {
    this.name = name;
    this.#what = what;
    this.table = table as unknown as AnyTable;
    this.#names = Object.keys(table);
    this.#prefix = prefix;
    this.#options = Object.entries(this.table).map(([name, option]) => ({
      name,
      option,
      path: prefix + name,
    }));
    this.#known = new Set(this.#options.flatMap(({ name, option }) => [name, ...option.aliases]));
  }

  /**
   * Options as they are used: checked, with defaults. Each is read once, be it inherited or a getter's.
   *
   * `call`: what was called, where several take the same. `place`: stands before the names of its members.
   *
   * @throws ValidationError for an option that is missing, unknown, of the wrong type or out of range
   */
  read(given: unknown, call: string = this.name, place: string = ''): Values<O, D> {
    const o = this.#membersOf(given, call);
    const values: Members = {};
    for (const one of this.#options) {
      const { name, option, path } = one;
      if (option.aliases.length === 0) {
        const value = o[name];
        values[name] = value === undefined ? without(one) : option.check.of(place + path, value);
      } else {
        const { as, value } = this.#spelt(o, one);
        values[name] = value === undefined ? without(one) : option.check.of(this.#prefix + as, value);
      }
    }
    return values as Values<O, D>;
  }

  /** What is given and nothing else, as it was spelt. The values are not checked. */
  given(given: unknown): Members {
    const o = this.#membersOf(given);
    const members: Members = {};
    for (const one of this.#options) {
      const { as, value } = this.#spelt(o, one);
      if (value !== undefined) members[as] = value;
    }
    return members;
  }

  /** The members that the table has; others are dropped. */
  known(given: unknown): Members {
    const o = this.#objectOf(given);
    const known = Object.keys(o).filter((key) => this.#known.has(key));
    return this.given(Object.fromEntries(known.map((key) => [key, o[key]])));
  }

  #objectOf(given: unknown, call: string = this.name): Members {
    if (isRecord(given)) return given;
    const what = call === this.name ? this.#what : `${call} options`;
    const isK = this.#known.has('k') && typeof given === 'number';
    const isQuery = this.#known.has('query') && Array.isArray(given);
    const hint = isK ? `: write { k: ${given} }` : isQuery ? ': write { query: [ … ] }' : awaitHint(given);
    throw new ValidationError('INVALID_OPTION', `${what} must be an object, got ${show(given)}${hint}`);
  }

  #membersOf(given: unknown, call: string = this.name): Members {
    const o = this.#objectOf(given, call);
    for (const key of Object.keys(o)) {
      if (this.#known.has(key) || o[key] === undefined) continue;
      throw new ValidationError(
        'INVALID_OPTION',
        `${call} has no option ${JSON.stringify(key)}; it has ${this.#names.join(', ')}${didYouMean(key, this.#names)}`,
      );
    }
    return o;
  }

  /** The value of an option, and the name under which it was given. */
  #spelt(o: Members, { name, option }: Named): { readonly as: string; readonly value: unknown } {
    let as = name;
    let value = o[name];
    for (const alias of option.aliases) {
      const other = o[alias];
      if (other === undefined) continue;
      if (value !== undefined && value !== other)
        throw new ValidationError(
          'INVALID_OPTION',
          `${this.name}: ${as} and its alias ${alias} were both given (${show(value)} and ${show(other)}): use ${name}`,
        );
      as = alias;
      value = other;
    }
    return { as, value };
  }
}
