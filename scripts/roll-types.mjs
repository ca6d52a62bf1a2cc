/*
 * Rolls the declarations of each entry up into one file, dist/silt.d.ts, dist/qdrant.d.ts: the only ones that are shipped. What
 * an entry has in common with silt it imports from there.
 * Beside each stands the listing of the surface, dist/silt.api.md; a test compares it with the one that was reviewed,
 * test/types/silt.api.md. node scripts/roll-types.mjs --accept makes it the reviewed one.
 */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { withoutCopies } from './shared-types.mjs';
import { whereChanged } from './stamp.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const silent = { default: { logLevel: 'none' } };

/** Each entry by its name: the declarations that it begins with. */
const ENTRIES = {
  silt: 'dist/index.d.ts',
  qdrant: 'dist/server/qdrant/index.d.ts',
  server: 'dist/server/http/index.d.ts',
};

const rolledOf = (name) => `${root}dist/${name}.d.ts`;
const listedOf = (name) => `${root}dist/${name}.api.md`;

const configOf = (name, entry) =>
  ExtractorConfig.prepare({
    packageJsonFullPath: `${root}package.json`,
    configObjectFullPath: undefined,
    configObject: {
      projectFolder: root,
      mainEntryPointFilePath: root + entry,
      newlineKind: 'lf',
      compiler: {
        overrideTsconfig: {
          compilerOptions: {
            target: 'ES2023',
            lib: ['ES2023', 'ESNext.Disposable'], // with the DOM's, `open` would be renamed
            module: 'NodeNext',
            moduleResolution: 'NodeNext',
            types: [],
            strict: true,
            exactOptionalPropertyTypes: true,
          },
          files: [root + entry],
        },
      },
      apiReport: {
        enabled: true,
        reportFileName: `${name}.api.md`,
        reportFolder: `${root}dist/`,
        reportTempFolder: mkdtempSync(join(tmpdir(), 'silt-types-')),
      },
      docModel: { enabled: false },
      dtsRollup: { enabled: true, untrimmedFilePath: rolledOf(name) },
      tsdocMetadata: { enabled: false },
      messages: {
        // What is inside needs the DOM. What is shipped is compiled by test/types/consumers.test.ts.
        compilerMessageReporting: silent,
        extractorMessageReporting: {
          ...silent,
          'ae-forgotten-export': { logLevel: 'warning', addToApiReportFile: true },
        },
        tsdocMessageReporting: silent,
      },
    },
  });

function roll(name, entry) {
  const { errorCount } = Extractor.invoke(configOf(name, entry), {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel !== 'error') message.logLevel = 'none';
    },
  });
  if (errorCount > 0) process.exit(1);

  // Consumers whose `lib` has no disposables get what the declarations need of it.
  const header = '/// <reference lib="esnext.disposable" />\n';
  const text = readFileSync(rolledOf(name), 'utf8');
  const own = name === 'silt' ? text : withoutCopies(text, readFileSync(rolledOf('silt'), 'utf8'));
  writeFileSync(rolledOf(name), header + own);
}

const names = Object.keys(ENTRIES);
const rolled = names.map(rolledOf);

await whereChanged(
  {
    stamp: `${root}dist/.silt.stamp`,
    made: [...rolled, ...names.map(listedOf)],
    inputs: [
      'dist',
      'scripts/roll-types.mjs',
      'scripts/shared-types.mjs',
      'node_modules/@microsoft/api-extractor/package.json',
    ].map((path) => root + path),
    belongs: (file) =>
      !rolled.includes(file) &&
      !file.startsWith(`${root}dist/examples`) &&
      !/\.(js|map|stamp|tsbuildinfo|md)$/.test(file),
  },
  () => {
    for (const [name, entry] of Object.entries(ENTRIES)) roll(name, entry);
  },
);
if (process.argv.includes('--accept'))
  for (const name of names) copyFileSync(listedOf(name), `${root}test/types/${name}.api.md`);
