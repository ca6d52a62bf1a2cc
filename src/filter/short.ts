/*
 * The short form of a filter, as people type it: `lang=en year>=1990 title~"still waters"`. It becomes JSON as a text, so
 * that numbers keep all their digits, and so that the command line and the dashboard, which has no parser of its own, share it.
 */
export class FilterFault extends Error {
  /** Where in the text, from 0. */
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

export interface ShortFilter {
  /** '' for all points. */
  readonly json: string;
  /** Where each condition of `must` begins in what was typed. */
  readonly places: readonly number[];
}

const KEY = /(?:"(?:[^"\\]|\\.)*"|[^\s"=<>!~])+/y;
const OPERATOR = /\s*(!=|>=|<=|==?|>|<|~)\s*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"(?=\s|$)/y;
const BARE = /[^\s"]\S*/y;

const ENDS: Readonly<Record<string, string>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Takes what stands at a place of a text, piece by piece. */
class Pieces {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.at;
    const [found] = pattern.exec(this.text) ?? [];
    this.at += found?.length ?? 0;
    return found;
  }

  /** A value, in JSON: text in double quotes, or what JSON has under these signs, or else, and `asText`, a text. */
  value(asText: boolean): string {
    const from = this.at;
    const quoted = this.take(QUOTED);
    const bare = quoted === undefined ? this.take(BARE) : undefined;
    if (bare !== undefined) return !asText && isJson(bare) ? bare : JSON.stringify(bare);
    if (quoted !== undefined && isJson(quoted)) return quoted;
    throw new FilterFault(from, 'expected a value: a number, a word, true, false, null or "a text"');
  }
}

function conditionOf(key: string, operator: string, value: string): string {
  const of = `{"key": ${JSON.stringify(key)}, `;
  const end = ENDS[operator];
  if (end !== undefined) return `${of}"range": {"${end}": ${value}}}`;
  if (operator === '~') return `${of}"match": {"text": ${value}}}`;
  const equal = value === 'null' ? `${of}"is_null": true}` : `${of}"match": {"value": ${value}}}`;
  return operator === '!=' ? `{"must_not": [${equal}]}` : equal;
}

/** @throws FilterFault */
export function shortFilter(text: string): ShortFilter {
  const pieces = new Pieces(text);
  const places: number[] = [];
  const must: string[] = [];
  for (pieces.take(/\s*/y); pieces.at < text.length; pieces.take(/\s+/y)) {
    const from = pieces.at;
    const key = pieces.take(KEY);
    if (key === undefined)
      throw new FilterFault(from, 'expected a key of payloads, such as lang in lang=en; or JSON in { }');
    const operator = pieces.take(OPERATOR)?.trim();
    if (operator === undefined)
      throw new FilterFault(
        pieces.at,
        `expected one of = != > >= < <= ~ behind ${key}; a key with spaces stands in double quotes: "a key"=value`,
      );
    must.push(conditionOf(key, operator, pieces.value(operator === '~')));
    places.push(from);
  }
  return { json: must.length === 0 ? '' : `{"must": [${must.join(', ')}]}`, places };
}

/** Whether what was typed is in the short form, not JSON. */
export const isShort = (text: string): boolean => !text.trimStart().startsWith('{');

/** The condition that a message of Silt means, where it names one: `filter.must[1].range …`. */
export function placeOf(message: string, { places }: Pick<ShortFilter, 'places'>): number | undefined {
  const nth = /^filter\.must\[(\d+)\]/.exec(message)?.[1];
  return nth === undefined ? undefined : places[Number(nth)];
}
