/*
 * Filters, from Qdrant's to Silt's, which has the same grammar and is stricter where Qdrant is lenient: in a condition on a
 * field, members that are null or unknown do not count, and of several operators one must hold. Filters themselves are strict
 * in both.
 *
 * Without a text index Qdrant looks for a text letter by letter, with one it looks for words; Silt looks for words either way,
 * and has `contains` for the other.
 */
import type { FilterCondition, Filter as SiltFilter, Match as SiltMatch } from '../../api/filter.js';
import { FILTER_DEPTH_MAX } from '../../base/limits.js';
import { type Path, parsePath, pathOf } from '../../filter/path.js';
import { wordsOf } from '../../filter/words.js';
import type { Condition, FieldCondition, Filter } from './api/filter.js';
import { formatError, QdrantError, unsupported } from './errors.js';
import { boxIn } from './geo.js';
import { idsIn } from './ids.js';
import type { CollectionView } from './view.js';

const OF_FILTER = ['should', 'min_should', 'must', 'must_not'];
const MATCHES = ['value', 'text', 'text_any', 'phrase', 'prefix', 'any', 'except'] as const;

type Values = Readonly<Record<string, unknown>>;

/** What matches no point. */
const nothing = (key: string): FilterCondition => ({ key, match: { any: [] } });

/** The path that a condition is on, which must be there: without one it would hold for every point. */
function keyOf(condition: Values, of: string): string {
  const { key } = condition;
  if (typeof key !== 'string') throw formatError(`${of}: missing field \`key\``);
  return key;
}

const isObject = (value: unknown): value is Values =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

export function filterIn(view: CollectionView, filter: Filter | null | undefined): SiltFilter | undefined {
  if (filter === null || filter === undefined) return undefined;
  return new FilterReader(view).filter(filter, '');
}

/** A condition that stands for a number in a formula. */
export function conditionIn(view: CollectionView, condition: Condition): FilterCondition {
  return new FilterReader(view).condition(condition, '');
}

class FilterReader {
  readonly #view: CollectionView;
  #indexes: ReadonlyMap<string, string> | undefined;
  #depth = 0;

  constructor(view: CollectionView) {
    this.#view = view;
  }

  /** `above`: the path of the array whose elements are filtered, with which paths in conditions begin. */
  filter(filter: unknown, above: string): SiltFilter {
    if (!isObject(filter)) throw formatError('a filter must be an object');
    const out: { -readonly [K in keyof SiltFilter]: SiltFilter[K] } = {};
    for (const [member, value] of Object.entries(filter)) {
      if (!OF_FILTER.includes(member))
        throw formatError(
          `unknown field \`${member}\`, expected one of \`should\`, \`min_should\`, \`must\`, \`must_not\``,
        );
      if (value === null || value === undefined) continue;
      if (member === 'min_should') {
        const minShould = this.#minShould(value, above);
        // None is always enough.
        if (minShould.min_count !== 0) out.min_should = minShould;
      } else
        out[member as 'must'] = Array.isArray(value)
          ? value.map((condition) => this.condition(condition, above))
          : this.condition(value, above);
    }
    return out;
  }

  #minShould(value: unknown, above: string): NonNullable<SiltFilter['min_should']> {
    if (!isObject(value) || !Array.isArray(value['conditions']) || typeof value['min_count'] !== 'number')
      throw formatError('min_should must have `conditions` and `min_count`');
    const conditions = value['conditions'].map((condition) => this.condition(condition, above));
    return { conditions, min_count: value['min_count'] };
  }

  condition(condition: unknown, above: string): FilterCondition {
    if (++this.#depth > FILTER_DEPTH_MAX)
      throw formatError(`a filter may be nested ${FILTER_DEPTH_MAX} levels deep`);
    const read = this.#condition(condition, above);
    this.#depth--;
    return read;
  }

  #condition(condition: unknown, above: string): FilterCondition {
    if (!isObject(condition)) throw formatError('data did not match any variant of untagged enum Condition');
    if ('key' in condition) return this.#onField(condition as unknown as FieldCondition, above);
    const { is_empty, is_null, has_id, has_vector, nested } = condition;
    if (isObject(is_empty)) return { is_empty: { key: keyOf(is_empty, 'is_empty') } };
    if (isObject(is_null)) return nullItself(parsePath(keyOf(is_null, 'is_null'), 'is_null.key'));
    if (Array.isArray(has_id)) return { has_id: idsIn(has_id) };
    if (typeof has_vector === 'string') return this.#hasVector(has_vector);
    if (isObject(nested)) {
      const key = keyOf(nested, 'nested');
      const path = `${above}${key.endsWith('[]') ? key : `${key}[]`}.`;
      return { nested: { key, filter: this.filter(nested['filter'], path) } };
    }
    if ('slice' in condition)
      throw unsupported('a filter by slice. Scroll through the points in pages instead');
    return this.filter(condition, above);
  }

  #hasVector(name: string): FilterCondition {
    const vector = this.#view.vectors.get(name);
    return vector ? { has_vector: vector.field } : nothing('has_vector');
  }

  #onField(condition: FieldCondition, above: string): FilterCondition {
    const { key } = condition;
    if (typeof key !== 'string') throw formatError('key: expected a string');
    const found: FilterCondition[] = [];
    const { match, range, values_count, is_empty, is_null } = condition;
    if (isObject(match)) found.push(this.#match(key, match, above));
    if (isObject(range)) found.push({ key, range: ends(range) as { lt: number } });
    const { geo_bounding_box } = condition;
    if (isObject(geo_bounding_box)) {
      const box = boxIn(present(geo_bounding_box));
      found.push(box ? ({ key, geo_bounding_box: box } as FilterCondition) : nothing(key));
    }
    for (const area of ['geo_radius', 'geo_polygon'] as const)
      if (isObject(condition[area]))
        found.push({ key, [area]: present(condition[area]) } as unknown as FilterCondition);
    if (isObject(values_count)) found.push({ key, values_count: ends(values_count) as { lt: number } });
    if (typeof is_empty === 'boolean') found.push({ key, is_empty });
    if (typeof is_null === 'boolean') found.push({ key, is_null });
    if (found.length === 0)
      throw new QdrantError(
        422,
        `Validation error in JSON body: [filter: at least one condition must be given for the key \`${key}\`]`,
      );
    return found.length === 1 ? found[0]! : { should: found };
  }

  #match(key: string, match: Values, above: string): FilterCondition {
    const operator = MATCHES.find((name) => match[name] !== undefined && match[name] !== null);
    if (!operator) throw formatError('data did not match any variant of untagged enum MatchInterface');
    const value = match[operator];
    checkMatch(operator, value);
    if (operator === 'text' || operator === 'text_any' || operator === 'phrase') {
      this.#indexes ??= this.#view.indexes();
      const path = parsePath(above + key, 'key').text;
      if (this.#indexes.get(path) !== 'text') return literally(key, operator, value as string);
      const { min_token_len, max_token_len } = this.#view.textIndex(path) ?? {};
      const [least, most] = [min_token_len ?? 0, max_token_len ?? Infinity];
      if (least > 0 || most < Infinity) return byWordsOf(key, operator, value as string, [least, most]);
    }
    return { key, match: { [operator]: value } as unknown as SiltMatch };
  }
}

/**
 * Some value is null itself. Where the condition has a name of its own, Qdrant does not look into arrays; as a member of a condition on a
 * field it does, and so does Silt in both. Values that are null are empty as well, and arrays that hold null are not.
 */
function nullItself({ text, steps }: Path): FilterCondition {
  const each = steps.indexOf('each');
  if (each < 0) return { must: [{ is_null: { key: text } }, { is_empty: { key: text } }] };
  const rest = pathOf(steps.slice(each + 1));
  // Of elements themselves, Silt has no other condition.
  if (typeof rest.steps[0] !== 'object' || 'at' in rest.steps[0]) return { is_null: { key: text } };
  return { nested: { key: pathOf(steps.slice(0, each + 1)).text, filter: { must: nullItself(rest) } } };
}

/** Words that are shorter or longer than those of the index do not count, as with Qdrant, which does not index them. */
function byWordsOf(
  key: string,
  operator: 'text' | 'text_any' | 'phrase',
  text: string,
  [least, most]: readonly [number, number],
): FilterCondition {
  if (operator === 'phrase')
    throw unsupported(
      `a phrase where the text index has min_token_len or max_token_len, as that of \`${key}\`: words between count here`,
    );
  const words = wordsOf(text).filter((word) => {
    const letters = [...word].length;
    return letters >= least && letters <= most;
  });
  if (words.length === 0) return nothing(key);
  return { key, match: { [operator]: words.join(' ') } as unknown as SiltMatch };
}

/** Letter by letter, as Qdrant compares without an index. */
function literally(key: string, operator: 'text' | 'text_any' | 'phrase', text: string): FilterCondition {
  if (operator !== 'text_any') return { key, match: { contains: text } };
  const words = text.split(/\s+/).filter((word) => word !== '');
  if (words.length === 0) return nothing(key);
  return { should: words.map((word) => ({ key, match: { contains: word } })) };
}

function checkMatch(operator: (typeof MATCHES)[number], value: unknown): void {
  const isScalar = (one: unknown): boolean => typeof one === 'string' || Number.isInteger(one);
  const fits =
    operator === 'value'
      ? isScalar(value) || typeof value === 'boolean'
      : operator === 'any' || operator === 'except'
        ? Array.isArray(value) && value.every((one) => isScalar(one) && typeof one === typeof value[0])
        : typeof value === 'string';
  if (!fits) throw formatError('data did not match any variant of untagged enum MatchInterface');
}

function ends({ lt, gt, gte, lte }: Values): Values {
  return present({ lt, gt, gte, lte });
}

/** Without members that are null or undefined. */
function present(values: object): Values {
  return Object.fromEntries(
    Object.entries(values).filter(([, value]) => value !== null && value !== undefined),
  );
}
