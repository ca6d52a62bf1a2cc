/* What the author of a wrong filter probably meant, spelt out from what was written. */
import { show } from '../base/checks.js';
import { didYouMean } from '../base/hints.js';

const ENDS = ['gt', 'gte', 'lt', 'lte'];
const MATCHES = ['value', 'any', 'except', 'text', 'text_any', 'phrase', 'contains', 'prefix'];
/** Tests for one value or some, as other grammars call them. */
const OPERATORS: ReadonlySet<string> = new Set(['eq', '$eq', 'equals', 'is', 'in', '$in']);
/** What stands in a condition. */
const HEADS = [
  'key',
  'match',
  'range',
  'has_id',
  'has_vector',
  'nested',
  'is_empty',
  'is_null',
  'values_count',
];

const shown = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.length > 0 ? show(value[0]) : ''}${value.length > 1 ? ', …' : ''}]`
    : show(value);

const isScalar = (value: unknown): boolean => ['string', 'number', 'boolean'].includes(typeof value);

/** The match that a bare value stands for; undefined where none is obvious. */
export function matchFor(value: unknown): string | undefined {
  if (isScalar(value)) return `{ value: ${shown(value)} }`;
  return Array.isArray(value) ? `{ any: ${shown(value)} }` : undefined;
}

/** The part of a filter and the test that `{ field: value }` or `{ field: { $op: value } }` of other grammars stands for. */
function testFor(value: unknown): { part: 'must' | 'must_not'; test: string } {
  const match = matchFor(value);
  if (match !== undefined) return { part: 'must', test: `match: ${match}` };
  const [first] = Object.entries((typeof value === 'object' && value) || {});
  const [name, operand] = first ?? ['', undefined];
  const operator = name.replace(/^\$/, '');
  if (ENDS.includes(operator)) return { part: 'must', test: `range: { ${operator}: ${shown(operand)} }` };
  const wanted = matchFor(operand);
  if (['eq', 'in', 'ne', 'nin'].includes(operator) && wanted !== undefined)
    return { part: operator.startsWith('n') ? 'must_not' : 'must', test: `match: ${wanted}` };
  return { part: 'must', test: 'match: { value: … }' };
}

/** A hint behind an error about an unknown member; nothing where there is nothing to say. */
export function meant(key: string, value: unknown, known: readonly string[]): string {
  const near = didYouMean(key, known);
  if (near !== '') return near;
  const inField = known.includes('range');
  if (inField && ENDS.includes(key)) return `. Did you mean range: { ${key}: ${shown(value)} }?`;
  if (inField && MATCHES.includes(key)) return `. Did you mean match: { ${key}: ${shown(value)} }?`;
  const match = OPERATORS.has(key) && inField ? matchFor(value) : undefined;
  if (match !== undefined) return `. Did you mean match: ${match}?`;
  if (!known.includes('must')) return '';
  if (HEADS.includes(key)) return '. Conditions go into one of these: { must: { key: … } }';
  const { part, test } = testFor(value);
  const condition = `{ key: ${show(key)}, ${test} }`;
  if (!known.includes('key')) return `. Conditions go into one of these: { ${part}: ${condition} }`;
  return part === 'must' ? `. Write ${condition}` : `. Write { must_not: ${condition} }`;
}
