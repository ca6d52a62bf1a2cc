/* Functions stay short enough to be read at once. AssemblyScript is parsed as TypeScript. */
import ts from 'typescript';
import { expect, test } from 'vitest';
import { type Source, sourcesOf } from '../support/sources.js';

const LINES_MAX = 70;

/** Longer ones, with their lengths: a length may only shrink, and a function that is short enough leaves the table. */
const LONGER: Readonly<Record<string, number>> = {};

/** Every function with a body, and how many lines it takes, signature and braces with it. */
function functionsOf({ path, text }: Source): { name: string; lines: number }[] {
  const file = ts.createSourceFile(path, text, ts.ScriptTarget.Latest, true);
  const lineOf = (at: number): number => file.getLineAndCharacterOfPosition(at).line;
  const found: { name: string; lines: number }[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isFunctionLike(node) && 'body' in node && node.body) {
      const name = node.name?.getText() ?? `line ${lineOf(node.getStart()) + 1}`;
      found.push({ name: `${path} ${name}`, lines: lineOf(node.end) - lineOf(node.getStart()) + 1 });
    }
    ts.forEachChild(node, visit);
  };
  visit(file);
  return found;
}

const functions = [...sourcesOf('src'), ...sourcesOf('examples')].flatMap(functionsOf);

test('the functions were found, those of the kernels as well', () => {
  expect(functions.length).toBeGreaterThan(1000);
  expect(functions.map(({ name }) => name)).toContain('src/kernel/asm/order.ts offer');
});

test('functions take 70 lines at most, but for those of a table that only shrinks', () => {
  const long = functions.filter(({ lines }) => lines > LINES_MAX);
  expect(Object.fromEntries(long.map(({ name, lines }) => [name, lines]))).toEqual(LONGER);
});
