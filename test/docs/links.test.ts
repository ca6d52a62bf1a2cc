/* Pages lead to files and headings that are there. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT } from '../support/sources.js';

const pages = ['.', 'docs', 'docs/guides', 'bench']
  .flatMap((folder) => readdirSync(join(ROOT, folder)).map((file) => join(folder, file)))
  .filter((file) => /\.(md|txt)$/.test(file));

/** As GitHub names the headings of a page. */
function anchorsOf(page: string): string[] {
  return [...page.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(/\s/g, '-'),
  );
}

const linksOf = (page: string): string[] =>
  [...page.matchAll(/\]\(([^)\s]+)\)|(?:src|srcset|href)="([^"]+)"/g)].map(([, a, b]) => a ?? b!);

test.each(pages)('%s', (file) => {
  const page = readFileSync(join(ROOT, file), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
  for (const link of linksOf(page).filter((to) => !/^[a-z]+:/.test(to))) {
    const [to, anchor] = link.split('#') as [string, string?];
    const target = to === '' ? join(ROOT, file) : join(ROOT, dirname(file), to);
    expect(existsSync(target), `${link} (${relative(ROOT, target)})`).toBe(true);
    if (anchor !== undefined) expect(anchorsOf(readFileSync(target, 'utf8')), link).toContain(anchor);
  }
});

test.each(['README.md', ...pages.filter((page) => page.startsWith('docs/'))])(
  '%s leads to nothing that is not in the package',
  (file) => {
    const page = readFileSync(join(ROOT, file), 'utf8').replaceAll(/```[\s\S]*?```/g, '');
    for (const link of linksOf(page).filter((to) => !/^([a-z]+:|#)/.test(to)))
      expect(relative(ROOT, join(ROOT, dirname(file), link))).toMatch(
        /^(docs\/|README\.md|LICENSE|CHANGELOG\.md)/,
      );
  },
);

test('the list of pages for language models has them all', () => {
  const list = readFileSync(join(ROOT, 'docs/llms.txt'), 'utf8');
  for (const file of pages.filter((page) => page.startsWith('docs/') && page.endsWith('.md')))
    expect(list).toContain(`(${relative('docs', file)})`);
});
