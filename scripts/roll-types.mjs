/*
 * Rolls the declarations of the public surface up into one file, dist/silt.d.ts: the only one that is shipped. Beside it
 * stands the listing of the surface, dist/silt.api.md; a test compares it with the one that was reviewed,
 * test/types/silt.api.md. node scripts/roll-types.mjs --accept makes it the reviewed one.
 */
import { copyFileSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Extractor, ExtractorConfig } from '@microsoft/api-extractor';
import { whereChanged } from './stamp.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const rolled = `${root}dist/silt.d.ts`;
const listed = `${root}dist/silt.api.md`;
const silent = { default: { logLevel: 'none' } };

const config = ExtractorConfig.prepare({
  packageJsonFullPath: `${root}package.json`,
  configObjectFullPath: undefined,
  configObject: {
    projectFolder: root,
    mainEntryPointFilePath: `${root}dist/index.d.ts`,
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
        files: [`${root}dist/index.d.ts`],
      },
    },
    apiReport: {
      enabled: true,
      reportFileName: 'silt.api.md',
      reportFolder: `${root}dist/`,
      reportTempFolder: mkdtempSync(join(tmpdir(), 'silt-types-')),
    },
    docModel: { enabled: false },
    dtsRollup: { enabled: true, untrimmedFilePath: rolled },
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

function roll() {
  const { errorCount } = Extractor.invoke(config, {
    localBuild: true,
    messageCallback: (message) => {
      if (message.logLevel !== 'error') message.logLevel = 'none';
    },
  });
  if (errorCount > 0) process.exit(1);

  // Consumers whose `lib` has no disposables get what the declarations need of it.
  const header = '/// <reference lib="esnext.disposable" />\n';
  writeFileSync(rolled, header + readFileSync(rolled, 'utf8'));
}

await whereChanged(
  {
    stamp: `${root}dist/.silt.stamp`,
    made: [rolled, listed],
    inputs: ['dist', 'scripts/roll-types.mjs', 'node_modules/@microsoft/api-extractor/package.json'].map(
      (path) => root + path,
    ),
    belongs: (file) =>
      file !== rolled &&
      !file.startsWith(`${root}dist/examples`) &&
      !/\.(js|map|stamp|tsbuildinfo|md)$/.test(file),
  },
  roll,
);
if (process.argv.includes('--accept')) copyFileSync(listed, `${root}test/types/silt.api.md`);
