import { expect, test } from 'vitest';
import { type DemoOptions, parseOptions, USAGE } from '#silt/examples/demo/options.js';

function options(...args: string[]): DemoOptions {
  const parsed = parseOptions(args);
  if (!('options' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed.options;
}

test('defaults, and every option', () => {
  expect(options()).toEqual({
    rows: 100_000,
    words: ['king', 'paris', 'python'],
    threads: undefined,
    keep: false,
    kill: false,
    cache: undefined,
    picture: undefined,
  });
  const given = [
    '--rows',
    '2,000',
    '--threads=1',
    '--words',
    ' a, b,a,,',
    '--cache',
    'x',
    '--picture=y',
    '--keep',
    '--kill',
  ];
  expect(options(...given)).toEqual({
    rows: 2000,
    words: ['a', 'b'],
    threads: 1,
    keep: true,
    kill: true,
    cache: 'x',
    picture: 'y',
  });
  expect(options('--all').rows).toBe(Number.POSITIVE_INFINITY);
  expect(options('--words=').words).toEqual([]);
  expect(parseOptions(['--help'])).toEqual({ help: true });
  expect(parseOptions(['-h'])).toEqual({ help: true });
});

test.each([
  [['--row', '5'], /'--row'/],
  [['5'], /'5'/],
  [['--rows'], /--rows/],
  [['--rows', '0'], /--rows takes a whole number from 1 .*, not '0'/],
  [['--rows', '1.5'], /'1.5'/],
  [['--rows', ''], /''/],
  [['--rows', 'many'], /'many'/],
  [['--threads', '-1'], /--threads/],
  [['--cache', ''], /--cache takes a folder/],
  [['--picture', ''], /--picture takes a folder/],
])('%j is refused', (args, message) => {
  expect(parseOptions(args)).toEqual({ error: expect.stringMatching(message) });
});

test('the usage fits a terminal', () => {
  for (const line of USAGE.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
});
