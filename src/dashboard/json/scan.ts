/*
 * Reads JSON as it is typed: where each value stands, by its path as errors of Silt name it (`must[0].match`), where it is broken,
 * and what is expected at its end. So one reader serves completion, which reads up to the caret, and the places of errors.
 */

export interface Range {
  readonly from: number;
  readonly to: number;
}

export interface Level {
  readonly kind: 'object' | 'array';
  /** Of the container itself: '' for the outermost. */
  readonly path: string;
  /** The key whose value comes, or came last. */
  key: string | null;
  index: number;
  wants: 'key' | 'colon' | 'value' | 'comma';
  /** Values so far that are not containers, by key. */
  readonly members: Map<string, unknown>;
}

export interface Scan {
  /** Of each value the place; of a member that of its key. */
  readonly places: ReadonlyMap<string, Range>;
  readonly error: { readonly at: number; readonly says: string } | null;
  /** The containers that are open at the end, outermost first. */
  readonly levels: readonly Level[];
  /** A string that is not closed, at the end. */
  readonly open: { readonly from: number; readonly text: string } | null;
  /** Whether a whole value was read. */
  readonly whole: boolean;
}

const TOKEN = /\s*(?:([{}[\],:])|("(?:[^"\\]|\\.)*"?)|([^\s{}[\],:"]+))/gy;

class Broken extends Error {}

class Scanner {
  readonly places = new Map<string, Range>();
  readonly levels: Level[] = [];
  open: Scan['open'] = null;
  whole = false;

  get #level(): Level | undefined {
    return this.levels.at(-1);
  }

  /** Of the value that comes. */
  #path(): string {
    const level = this.#level;
    if (!level) return '';
    if (level.kind === 'array') return `${level.path}[${level.index}]`;
    return level.path === '' ? level.key! : `${level.path}.${level.key}`;
  }

  #expect(right: boolean, says: string): void {
    if (!right) throw new Broken(says);
  }

  #begin(range: Range): void {
    const level = this.#level;
    this.#expect(!this.whole, 'nothing may stand behind the value');
    this.#expect(
      !level || level.wants === 'value',
      `expected ${level?.wants === 'key' ? 'a key in double quotes, or }' : level?.wants === 'colon' ? ':' : 'a comma, or the end'}`,
    );
    const path = this.#path();
    if (!this.places.has(path)) this.places.set(path, range);
  }

  #ended(): void {
    if (this.#level) this.#level.wants = 'comma';
    else this.whole = true;
  }

  #opened(kind: Level['kind'], range: Range): void {
    this.#begin(range);
    const path = this.#path();
    const wants = kind === 'object' ? 'key' : 'value';
    this.levels.push({ kind, path, key: null, index: 0, wants, members: new Map() });
  }

  #closed(sign: string): void {
    const level = this.#level;
    this.#expect(level?.kind === (sign === '}' ? 'object' : 'array'), `${sign} closes nothing`);
    const isEmpty =
      level!.kind === 'object' ? level!.key === null : level!.index === 0 && level!.wants === 'value';
    this.#expect(level!.wants === 'comma' || isEmpty, 'a value is missing');
    this.levels.pop();
    this.#ended();
  }

  sign(sign: string, range: Range): void {
    if (sign === '{') this.#opened('object', range);
    else if (sign === '[') this.#opened('array', range);
    else if (sign === '}' || sign === ']') this.#closed(sign);
    else if (sign === ':') {
      this.#expect(this.#level?.wants === 'colon', 'a : stands behind keys alone');
      this.#level!.wants = 'value';
    } else {
      const level = this.#level;
      this.#expect(level?.wants === 'comma', 'a comma stands behind values alone');
      level!.wants = level!.kind === 'object' ? 'key' : 'value';
      level!.index++;
    }
  }

  string(token: string, range: Range): void {
    if (token.length < 2 || !token.endsWith('"')) {
      this.open = { from: range.from, text: token.slice(1) };
      return;
    }
    const text: unknown = JSON.parse(token);
    const level = this.#level;
    if (level?.kind === 'object' && level.wants === 'key') {
      level.key = text as string;
      level.wants = 'colon';
      this.places.set(this.#path(), range);
    } else this.#value(text, range);
  }

  word(token: string, range: Range): void {
    let value: unknown;
    try {
      value = JSON.parse(token);
    } catch {
      throw new Broken(`${token} is not a value: strings stand in double quotes`);
    }
    this.#value(value, range);
  }

  #value(value: unknown, range: Range): void {
    this.#begin(range);
    const level = this.#level;
    if (level?.kind === 'object') level.members.set(level.key!, value);
    this.#ended();
  }
}

export function scan(text: string): Scan {
  const scanner = new Scanner();
  let error: Scan['error'] = null;
  TOKEN.lastIndex = 0;
  for (let found = TOKEN.exec(text); found && !scanner.open; found = TOKEN.exec(text)) {
    const [all, sign, string, word] = found;
    const token = (sign ?? string ?? word)!;
    const from = found.index + all.length - token.length;
    const range = { from, to: from + token.length };
    try {
      if (sign) scanner.sign(sign, range);
      else if (string) scanner.string(string, range);
      else scanner.word(token, range);
    } catch (broken) {
      const says = broken instanceof Broken ? broken.message : 'this string is not JSON';
      error = { at: from, says };
      break;
    }
  }
  const { places, levels, open, whole } = scanner;
  const missing = levels.length === 1 ? 'a bracket is not closed' : 'brackets are not closed';
  if (!error && (open || (!whole && text.trim() !== '')))
    error = { at: text.length, says: open ? 'a string is not closed' : missing };
  return { places, error, levels, open, whole };
}
