/* Patches of payloads: what each kind does, by examples and against an oracle, and that bytes say all of it. */
import { expect, test } from 'vitest';
import { encodePatch, membersChangedBy, type Patch, Patcher } from '#silt/store/patch.js';
import { decodePayload, encodePayload } from '#silt/store/payload.js';
import { patchedBy } from '../support/patched.js';
import fc, { runs } from '../support/properties.js';

type Json = Record<string, unknown>;

function applied(payload: Json | undefined, patch: Patch): unknown {
  return decodePayload(new Patcher(encodePatch(patch)).apply(encodePayload(payload)));
}

test.each<[what: string, before: Json | undefined, patch: Patch, after: unknown]>([
  [
    'merges members',
    { a: 1, b: { x: 1 } },
    { kind: 'set', at: [], values: { b: { y: 2 }, c: 3 } },
    { a: 1, b: { y: 2 }, c: 3 },
  ],
  ['null takes a member out', { a: 1, b: 2 }, { kind: 'set', at: [], values: { a: null } }, { b: 2 }],
  ['a point without payload gets one', undefined, { kind: 'set', at: [], values: { a: 1 } }, { a: 1 }],
  [
    'at a path',
    { a: { b: { x: 1 } } },
    { kind: 'set', at: ['a', 'b'], values: { y: 2 } },
    { a: { b: { x: 1, y: 2 } } },
  ],
  [
    'what is missing on the way is made',
    { z: 1 },
    { kind: 'set', at: ['a', 'b'], values: { y: 2 } },
    { z: 1, a: { b: { y: 2 } } },
  ],
  [
    'what is in the way is replaced',
    { a: 'text' },
    { kind: 'set', at: ['a', 'b'], values: { y: 2 } },
    { a: { b: { y: 2 } } },
  ],
  [
    'each element',
    { l: [{ x: 1 }, 5] },
    { kind: 'set', at: ['l', null], values: { y: 2 } },
    { l: [{ x: 1, y: 2 }, { y: 2 }] },
  ],
  [
    'one element',
    { l: [{ x: 1 }, {}] },
    { kind: 'set', at: ['l', 1, 'z'], values: { y: 2 } },
    { l: [{ x: 1 }, { z: { y: 2 } }] },
  ],
  ['no position that there is not', { l: [1] }, { kind: 'set', at: ['l', 3], values: { y: 2 } }, { l: [1] }],
  ['overwrites', { a: 1 }, { kind: 'overwrite', values: { b: null } }, { b: null }],
  ['clears', { a: 1 }, { kind: 'clear' }, undefined],
  [
    'deletes by paths',
    { a: 1, b: { c: 1, d: 2 }, l: [{ x: 1, y: 1 }, 7] },
    { kind: 'delete', paths: [['a'], ['b', 'c'], ['l', null, 'x'], ['no', 'where']] },
    { b: { d: 2 }, l: [{ y: 1 }, 7] },
  ],
  [
    'deletes elements',
    { l: [1, 2, 3], m: [1, 2] },
    {
      kind: 'delete',
      paths: [
        ['l', 1],
        ['m', null],
      ],
    },
    { l: [1, 3], m: [] },
  ],
  ['nothing of nothing', undefined, { kind: 'delete', paths: [['a']] }, undefined],
  [
    'a key that objects inherit',
    {},
    { kind: 'set', at: ['constructor'], values: { x: 1 } },
    { constructor: { x: 1 } },
  ],
])('%s', (_, before, patch, after) => {
  expect(applied(before, patch)).toEqual(after);
});

test('a key named __proto__ is a key like others', () => {
  const values = JSON.parse('{"__proto__":{"polluted":1}}') as Json;
  const set = applied({ a: 1 }, { kind: 'set', at: [], values });
  expect(JSON.stringify(set)).toBe('{"a":1,"__proto__":{"polluted":1}}');
  const within = applied({ a: 1 }, { kind: 'set', at: ['__proto__', '__proto__'], values: { polluted: 1 } });
  expect(JSON.stringify(within)).toBe('{"a":1,"__proto__":{"__proto__":{"polluted":1}}}');
  expect(({} as Json)['polluted']).toBeUndefined();
  const deleted = applied(values, {
    kind: 'delete',
    paths: [
      ['__proto__', 'polluted'],
      ['__proto__', '__proto__'],
    ],
  });
  expect(JSON.stringify(deleted)).toBe('{"__proto__":{}}');
});

const key = fc.constantFrom('a', 'b', 'c', 'x y');
const step = fc.oneof({ weight: 3, arbitrary: key }, fc.constantFrom<number | null>(0, 1, 5, null));
const json = fc.letrec<{ value: unknown; object: Json }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    fc.constantFrom<unknown>(null, true, 1, 'text', []),
    fc.array(tie('value'), { maxLength: 3 }),
    tie('object'),
  ),
  object: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
})).object;
const path = fc.tuple(key, fc.array(step, { maxLength: 3 })).map(([first, rest]) => [first, ...rest]);
const patches: fc.Arbitrary<Patch> = fc.oneof(
  fc.record({ kind: fc.constant('set' as const), at: fc.oneof(fc.constant([]), path), values: json }),
  fc.record({ kind: fc.constant('overwrite' as const), values: json }),
  fc.record({ kind: fc.constant('delete' as const), paths: fc.array(path, { maxLength: 3 }) }),
  fc.constant({ kind: 'clear' as const }),
);

test('whatever the payload and the patch: what the oracle says', () => {
  fc.assert(
    fc.property(fc.option(json, { nil: undefined }), patches, (payload, patch) => {
      expect(applied(payload, patch)).toEqual(patchedBy(payload, patch));
    }),
    { numRuns: runs(500) },
  );
});

test('what a patch may change is said by names: nothing else changes, whatever the payload', () => {
  let named = 0;
  fc.assert(
    fc.property(fc.option(json, { nil: undefined }), patches, (payload, patch) => {
      const members = membersChangedBy(encodePatch(patch));
      if (!members) return;
      named++;
      const others = (of: unknown): unknown =>
        Object.fromEntries(Object.entries(of ?? {}).filter(([name]) => !members.has(name)));
      expect(others(applied(payload, patch))).toEqual(others(payload));
    }),
    { numRuns: runs(500) },
  );
  expect(named).toBeGreaterThan(runs(500) / 4);
  expect(membersChangedBy(encodePatch({ kind: 'set', at: [], values: { a: 1, b: null } }))).toEqual(
    new Set(['a', 'b']),
  );
  expect(membersChangedBy(encodePatch({ kind: 'set', at: ['a', 'b'], values: { c: 1 } }))).toEqual(
    new Set(['a']),
  );
  expect(membersChangedBy(encodePatch({ kind: 'delete', paths: [['a', 0], ['b']] }))).toEqual(
    new Set(['a', 'b']),
  );
  expect(membersChangedBy(encodePatch({ kind: 'clear' }))).toBeUndefined();
  expect(membersChangedBy(encodePatch({ kind: 'overwrite', values: { a: 1 } }))).toBeUndefined();
});
