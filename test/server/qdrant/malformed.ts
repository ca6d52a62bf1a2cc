/* Calls that are malformed where a schema does not reach, with the status and the text of each: see cases.ts. */
import { type Case, query, say } from './cases.js';

/** So deep that whoever goes down by calls runs out of stack. */
function nested(around: (inner: object) => object): object {
  let value = {};
  for (let i = 0; i < 20_000; i++) value = around(value);
  return value;
}

export const MALFORMED: readonly Case[] = [
  ...['is_empty', 'is_null', 'nested'].flatMap((name) =>
    [{}, { field: 'word' }, { key: 5 }].map(
      (of): Case => [
        `${name} of ${JSON.stringify(of)}`,
        400,
        `Format error in JSON body: ${name}: missing field \`key\``,
        (client) => client.delete('c', { filter: { must: say({ [name]: { filter: {}, ...of } }) } }),
      ],
    ),
  ),
  [
    'an id that is an object with a toString of its own',
    400,
    'Format error in JSON body: value an object is not a valid point ID, valid values are either an unsigned integer or a UUID',
    query({ query: [1, 2], filter: { must_not: [{ has_id: [say({ toString: 1 })] }] } }),
  ],
  [
    'a filter without an end',
    400,
    'Format error in JSON body: a filter may be nested 64 levels deep',
    query({ query: [1, 2], filter: nested((inner) => ({ must: inner })) }),
  ],
  [
    'prefetches without an end',
    400,
    'Wrong input: prefetches may be 8 deep',
    query({ query: { fusion: 'rrf' }, prefetch: nested((inner) => ({ prefetch: inner })) }),
  ],
  [
    'a formula without an end',
    400,
    'Format error in JSON body: a formula may be nested 64 levels deep',
    query({ prefetch: { query: [1, 2] }, query: { formula: nested((inner) => ({ neg: inner })) } }),
  ],
  [
    'a formula of what objects inherit',
    400,
    'Format error in JSON body: unknown field `constructor`, expected one of `should`, `min_should`, `must`, `must_not`',
    query({ prefetch: { query: [1, 2] }, query: { formula: { constructor: { a: 1 } } } }),
  ],
  [
    'a prefetch that is null',
    400,
    'Format error in JSON body: prefetch.prefetch[0]: invalid value null: must be an object',
    query({ prefetch: { prefetch: [null], query: [1, 2] }, query: { fusion: 'rrf' } }),
  ],
  [
    'a prefetch that looks up nowhere',
    400,
    'Format error in JSON body: prefetch.lookup_from: invalid value "c": must be an object',
    query({ prefetch: { query: 1, lookup_from: 'c' }, query: { fusion: 'rrf' } }),
  ],
  [
    'a filter that is a list',
    400,
    'Format error in JSON body: filter: invalid value an array of 1: must be an object',
    query({ query: [1, 2], filter: [2n ** 60n] }),
  ],
  [
    'a formula that is infinite',
    400,
    'Wrong input: The expression 3 / 0 produced a non-finite number',
    query({ query: { formula: { div: { left: 3, right: 0 } } }, prefetch: { query: [1, 2] } }),
  ],
  [
    'a formula of a text',
    400,
    'Wrong input: Expected number value for word in the payload and/or in the formula defaults. Error: a point has "red"',
    query({ query: { formula: 'word' }, prefetch: { query: [1, 2] } }),
  ],
  [
    'a default that a point needs, and that is no number',
    400,
    'Wrong input: Expected number value for count in the payload and/or in the formula defaults. Error: a point has nothing there: give one in defaults',
    query({ query: { formula: 'count', defaults: { count: null } }, prefetch: { query: [1, 2] } }),
  ],
];
