/* Examples compile in a project of a user who has the strictest settings, as they stand. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { scriptsOf } from '../support/examples.js';
import { ROOT } from '../support/sources.js';

const GUIDES = 'docs/guides';
const pages = [
  'README.md',
  'docs/FILTERS.md',
  'docs/QUERIES.md',
  'docs/QDRANT.md',
  ...readdirSync(join(ROOT, GUIDES)).map((file) => `${GUIDES}/${file}`),
];

test('the examples of README, guides, FILTERS, QUERIES and QDRANT compile under strict TypeScript', () => {
  const scripts = new Map(
    pages.flatMap((page) =>
      scriptsOf(readFileSync(join(ROOT, page), 'utf8')).map(
        (script, i) => [join(ROOT, `${page.replaceAll('/', '-')}-${i}.mts`), script] as const,
      ),
    ),
  );
  expect(scripts.size).toBeGreaterThan(4);
  const options: ts.CompilerOptions = {
    target: ts.ScriptTarget.ES2022,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    types: ['node'],
    strict: true,
    exactOptionalPropertyTypes: true,
    noUncheckedIndexedAccess: true,
    noUnusedLocals: true,
    skipLibCheck: true, // the guide says so of its embedder
    noEmit: true,
  };
  const host = ts.createCompilerHost(options);
  const { getSourceFile, fileExists } = host;
  host.fileExists = (file) => scripts.has(file) || fileExists.call(host, file);
  host.getSourceFile = (file, ...rest) =>
    scripts.has(file)
      ? ts.createSourceFile(file, scripts.get(file)!, rest[0])
      : getSourceFile.call(host, file, ...rest);
  const program = ts.createProgram([...scripts.keys()], options, host);
  const found = ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const line = file ? file.getLineAndCharacterOfPosition(start!).line + 1 : 0;
    return `${file?.fileName}:${line}: ${ts.flattenDiagnosticMessageText(messageText, ' ')}`;
  });
  expect(found).toEqual([]);
});
