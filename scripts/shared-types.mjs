/*
 * What an entry has in common with `silt` is imported from there. The rolled declarations of `silt/server` come with a copy of
 * Database and of all that it is made of, and for TypeScript one copy is not the other: serve({ database }) did not compile.
 */
import ts from 'typescript';

/** Where the shared declarations are: beside the entry. The package has them by another name. */
export const SHARED = './silt.js';

const isExported = (node) =>
  ts.canHaveModifiers(node) &&
  (ts.getModifiers(node) ?? []).some(({ kind }) => kind === ts.SyntaxKind.ExportKeyword);

const namesOf = (node) =>
  ts.isVariableStatement(node)
    ? node.declarationList.declarations.map(({ name }) => name.getText())
    : node.name
      ? [node.name.text]
      : [];

/** A name as it was before the roll-up gave it a number, since there was another of the same name. */
const plain = (name) => name.replace(/_\d+$/, '');

/** A declaration without its comments, numbers of names, and whether it is exported. */
const wordsOf = (node) =>
  node
    .getText()
    .replace(/^export /, '')
    .replace(/\/\*[\s\S]*?\*\//g, '')
    .replace(/\b(\w+?)_\d+\b/g, '$1')
    .replace(/\s+/g, ' ');

function declarationsOf(text) {
  const { statements } = ts.createSourceFile('rolled.d.ts', text, ts.ScriptTarget.Latest, true);
  return new Map(statements.flatMap((node) => namesOf(node).map((name) => [name, node])));
}

function mentioned(node, declared, into) {
  ts.forEachChild(node, function visit(child) {
    if (ts.isIdentifier(child) && declared.has(child.text)) into(child.text);
    ts.forEachChild(child, visit);
  });
}

/** The declarations of an entry, without those that `shared` exports word for word, and without what these alone need. */
export function withoutCopies(text, shared) {
  const declared = declarationsOf(text);
  const known = declarationsOf(shared);
  const imported = new Set();
  const kept = new Set();
  const reach = (name) => {
    const node = declared.get(name);
    if (kept.has(node) || imported.has(name)) return;
    const same = known.get(plain(name));
    if (!isExported(node) && same && isExported(same) && wordsOf(same) === wordsOf(node)) {
      imported.add(name);
      return;
    }
    kept.add(node);
    mentioned(node, declared, reach);
  };
  for (const [name, node] of declared) if (isExported(node)) reach(name);
  const names = [...imported]
    .sort()
    .map((name) => (plain(name) === name ? name : `${plain(name)} as ${name}`));
  const from = names.length === 0 ? '' : `import type { ${names.join(', ')} } from '${SHARED}';\n\n`;
  return `${from}${[...kept]
    .sort((a, b) => a.pos - b.pos)
    .map((node) => node.getFullText())
    .join('')
    .trimStart()}\n\nexport { }\n`;
}
