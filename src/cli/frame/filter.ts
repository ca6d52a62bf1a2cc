/*
 * A filter as it is typed, behind `--filter` and into the line of `silt browse`: Qdrant's JSON, or a short form of it,
 * `lang=en year>=1990 title~"still waters"`. What is wrong with it has a place in the line.
 */
import type { Filter } from '../../api/filter.js';
import { parse } from '../../server/http/json.js';
import { jsonFault } from './json-fault.js';

export class FilterFault extends Error {
  /** Where in the text, from 0. */
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

export interface Typed {
  /** Undefined: all points. */
  readonly filter: Filter | undefined;
  /** Where each condition of `must` begins. */
  readonly places: readonly number[];
}

const KEY = /(?:"(?:[^"\\]|\\.)*"|[^\s"=<>!~])+/y;
const OPERATOR = /\s*(!=|>=|<=|==?|>|<|~)\s*/y;
const QUOTED = /"(?:[^"\\]|\\.)*"(?=\s|$)/y;
const BARE = /[^\s"]\S*/y;

const ENDS: Readonly<Record<string, string>> = { '>': 'gt', '>=': 'gte', '<': 'lt', '<=': 'lte' };

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

  /** A value: text in double quotes, or what JSON has under these signs, or else a text. */
  value(): unknown {
    const quoted = this.take(QUOTED);
    if (quoted !== undefined) return parse(quoted);
    const bare = this.take(BARE);
    if (bare === undefined)
      throw new FilterFault(this.at, 'expected a value: a number, a word, true, false, null or "a text"');
    try {
      return parse(bare);
    } catch {
      return bare;
    }
  }
}

/** The condition of a key, and whether it must not hold. */
function conditionOf(key: string, operator: string, value: unknown): { condition: object; not: boolean } {
  const not = operator === '!=';
  const end = ENDS[operator];
  if (end !== undefined) return { condition: { key, range: { [end]: value } }, not };
  if (operator === '~') return { condition: { key, match: { text: String(value) } }, not };
  return { condition: value === null ? { key, is_null: true } : { key, match: { value } }, not };
}

function short(text: string): Typed {
  const pieces = new Pieces(text);
  const places: number[] = [];
  const must: object[] = [];
  for (pieces.take(/\s*/y); pieces.at < text.length; pieces.take(/\s+/y)) {
    const from = pieces.at;
    const key = pieces.take(KEY);
    if (key === undefined)
      throw new FilterFault(from, 'expected a key of payloads, such as lang in lang=en; or JSON in { }');
    const operator = pieces.take(OPERATOR)?.trim();
    if (operator === undefined)
      throw new FilterFault(pieces.at, `expected one of = != > >= < <= ~ behind ${key}`);
    const { condition, not } = conditionOf(key, operator, pieces.value());
    must.push(not ? { must_not: [condition] } : condition);
    places.push(from);
  }
  return { filter: must.length === 0 ? undefined : ({ must } as Filter), places };
}

/** @throws FilterFault */
export function filterIn(text: string): Typed {
  if (!text.trimStart().startsWith('{')) return short(text);
  try {
    return { filter: parse(text) as Filter, places: [] };
  } catch (error) {
    throw new FilterFault(jsonFault(text), (error as Error).message);
  }
}

/** The place that a message of Silt means, where it names a condition: `filter.must[1].range …`. */
export function placeOf(message: string, { places }: Typed): number | undefined {
  const nth = /^filter\.must\[(\d+)\]/.exec(message)?.[1];
  return nth === undefined ? undefined : places[Number(nth)];
}
