/* Tests that documents name: a file, and behind it in italics the beginning of a title. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.js';

export interface NamedTest {
  readonly file: string;
  /** Beginnings of titles; of none, the whole file is meant. */
  readonly titles: readonly string[];
}

/** `test/a.test.ts` *one title*, *another* */
const NAMED = /`(test\/[^`]+\.ts)`((?:,?\s\*[^*|]+\*)*)/g;

export function namedIn(markdown: string): NamedTest[] {
  return [...markdown.matchAll(NAMED)].map(([, file, titles]) => ({
    file: file!,
    titles: [...titles!.matchAll(/\*([^*]+)\*/g)].map(([, title]) => title!.replace(/\s+/g, ' ')),
  }));
}

/** Those that are not there, as a document names them: a title is a string that begins so. */
export function missingOf(named: readonly NamedTest[]): string[] {
  return named.flatMap(({ file, titles }) => {
    const path = join(ROOT, file);
    if (!file.endsWith('.test.ts') || !existsSync(path)) return [file];
    const text = readFileSync(path, 'utf8');
    return titles
      .filter((title) => !["'", '"', '`'].some((quote) => text.includes(quote + title)))
      .map((title) => `${file}: ${title}`);
  });
}
