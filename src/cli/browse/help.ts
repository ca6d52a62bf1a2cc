/* The keys, and what they do. */
import { strong } from '../frame/output.js';
import { padEnd, wrapped } from '../frame/text.js';
import type { Key } from './line.js';
import { Pager } from './pager.js';

type Keys = readonly (readonly [keys: string, does: string])[];

const KEYS: Readonly<Record<string, Keys>> = {
  Everywhere: [
    ['up, down', 'one row or line (also k, j)'],
    ['Page Up, Page Down', 'a screen (also b, Space)'],
    ['Home, End', 'the first, the last (also g, G)'],
    ['?', 'this help, and back'],
    ['q, Ctrl+C', 'quit'],
  ],
  Collections: [['Enter', 'opens the one that is marked']],
  Points: [
    ['Enter', 'opens the point that is marked'],
    ['left, right', 'other columns'],
    ['/', 'a filter; Enter applies it, Escape leaves it'],
    ['r', 'reads again what is stored'],
    ['Escape', 'without the filter; then back to the collections'],
  ],
  'A point': [
    ['n, p', 'the next, the one before'],
    ['v', 'vectors whole, or folded'],
    ['Escape', 'back to the table'],
  ],
  'A filter': [
    ['key=value', 'also != > >= < <=, and key=null'],
    ['key~"two words"', 'by the words of a text'],
    ['{ … }', "Qdrant's JSON"],
    ['Ctrl+U, Ctrl+W', 'deletes the line, the word'],
  ],
};

export class Help {
  readonly #pager = new Pager();

  press(key: Key, height: number): void {
    this.#pager.press(key, height);
  }

  lines(width: number, height: number): string[] {
    const wide = Math.max(...Object.values(KEYS).flatMap((keys) => keys.map(([one]) => one.length))) + 2;
    const room = Math.max(2, width - wide - 2);
    const all = Object.entries(KEYS).flatMap(([where, keys]) => [
      strong(where),
      ...keys.flatMap(([one, does]) =>
        inWords(does, room).map((line, at) => `  ${padEnd(at === 0 ? one : '', wide)}${line}`),
      ),
    ]);
    return this.#pager.seen(
      all.flatMap((line) => (line.startsWith('  ') ? wrapped(line, width) : [line])),
      height,
    );
  }
}

/** Lines of at most so many columns, whose words are whole as far as they fit. */
function inWords(text: string, room: number): string[] {
  const lines: string[] = [''];
  for (const word of text.split(' ')) {
    const last = lines.at(-1)!;
    if (last !== '' && last.length + 1 + word.length > room) lines.push(word);
    else lines[lines.length - 1] = last === '' ? word : `${last} ${word}`;
  }
  return lines;
}
