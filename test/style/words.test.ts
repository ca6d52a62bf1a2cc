/* Plain English: phrases that readers stumbled over do not come back. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, sourcesOf } from '../support/sources.js';

/** What stopped a reader, and what to write instead. */
const QUAINT: readonly [phrase: RegExp, plain: string][] = [
  [/\bof one mind\b/, 'agree'],
  [/\bas it would have\b/, 'as without it'],
  [/\bwhatever became of\b/, 'whether it succeeded or failed'],
  [/\bsome at a time\b/, 'in batches'],
  [/\bat a stretch\b/, 'at a time'],
  [/\bthat (is|are) none\b/, 'that is not one'],
  [/\bis nowhere\b(?! (above|below))/, 'not found'],
  [/\bso-manieth\b/, 'n-th'],
  [/\b(what|which|who) (is|are) no (?!longer\b|more\b)/, 'what is not a …, or: an invalid …'],
  [
    /(?<!\bthere )\bis no (vector|number|finite|object|id|array|iterator|option|database|snapshot|file|filter|promise|text|string|kernel|time|plain|value|positive|place)\b/,
    'is not a …',
  ],
  [/, no (number|finite|plain object)\b/, 'expected a …'],
  [/\bcomes? to (its|their|an) end\b/, 'ends'],
  [/\b(made|linked|built) anew\b/, 'rebuilt, indexed again'],
  [/\bJSON has no form\b/, 'JSON cannot represent'],
  [/\ba (Object|Error|AbortController|object|id|array|index)\b/, 'an …'],
];

const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.md') || name.endsWith('.txt'))
  .map((name) => `docs/${name}`);
const pages = ['README.md', ...docs].map((path) => ({ path, text: readFileSync(join(ROOT, path), 'utf8') }));

/** A phrase may be broken by the end of a line, and the sign before a line of a comment. */
const joined = (text: string) => text.replaceAll(/\s*\n\s*(\*|\/\/)?\s*/g, ' ');

test('what users and maintainers read is plain English', () => {
  const found = [...pages, ...sourcesOf('src')].flatMap(({ path, text }) =>
    QUAINT.flatMap(([phrase, plain]) =>
      [...joined(text).matchAll(new RegExp(phrase, 'g'))].map(
        ({ 0: words, index }) =>
          `${path}: "${words}" (${joined(text).slice(index - 30, index + 50)}): rather "${plain}"`,
      ),
    ),
  );
  expect(found).toEqual([]);
});
