/* What is shipped as types: one file, as it was reviewed, with nothing in it that is not for users. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import * as silt from '#silt/index.js';
import { ROOT } from '../support/sources.js';

const read = (path: string): string => readFileSync(join(ROOT, path), 'utf8');
const { types } = JSON.parse(read('package.json')) as { types: string };
const declarations = read(types);
const file = ts.createSourceFile('silt.d.ts', declarations, ts.ScriptTarget.Latest, true);

function each(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  ts.forEachChild(node, (child) => each(child, visit));
}

test('the public surface is as it was reviewed: node scripts/roll-types.mjs --accept, then look at the difference', () => {
  for (const name of ['silt', 'qdrant', 'server'])
    expect(read(`dist/${name}.api.md`)).toBe(read(`test/types/${name}.api.md`));
});

test('it imports nothing, from no file and no package', () => {
  expect(declarations).not.toMatch(/\bimport\b|\brequire\(|reference (types|path)/);
});

test('it shows no member that is private, internal, or begins with an underscore', () => {
  const hidden: string[] = [];
  each(file, (node) => {
    if (ts.isPrivateIdentifier(node)) hidden.push(node.text);
    if (ts.isIdentifier(node) && node.text.startsWith('_')) hidden.push(node.text);
    if (node.kind === ts.SyntaxKind.PrivateKeyword) hidden.push(node.parent.getText());
  });
  expect(hidden).toEqual([]);
  expect(declarations).not.toMatch(/@internal/);
});

test('its classes are errors alone: whatever else there is can be implemented by others', () => {
  const classes: string[] = [];
  each(file, (node) => {
    if (ts.isClassDeclaration(node)) classes.push(node.name!.text);
  });
  expect(classes.length).toBeGreaterThan(10);
  expect(classes.filter((name) => !name.endsWith('Error'))).toEqual([]);
});

test('it declares the values that there are, and no others', () => {
  const declared: string[] = [];
  for (const node of file.statements) {
    const exported =
      ts.canHaveModifiers(node) &&
      ts.getModifiers(node)?.some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);
    if (!exported) continue;
    if (ts.isVariableStatement(node))
      declared.push(...node.declarationList.declarations.map(({ name }) => name.getText()));
    if (ts.isFunctionDeclaration(node) || ts.isClassDeclaration(node)) declared.push(node.name!.text);
  }
  expect(declared.sort()).toEqual(Object.keys(silt).sort());
});

test('optional members of options accept undefined', () => {
  const wrong: string[] = [];
  each(file, (node) => {
    if (!ts.isPropertySignature(node) || !node.questionToken || !node.type) return;
    const owner = node.parent;
    if (
      !ts.isInterfaceDeclaration(owner) ||
      !/(Options|Config|Settings|Aliases|Point)$/.test(owner.name.text)
    )
      return;
    if (/Stored/.test(owner.name.text)) return;
    if (!/\bundefined\b/.test(node.type.getText())) wrong.push(`${owner.name.text}.${node.name.getText()}`);
  });
  expect(wrong).toEqual([]);
});
