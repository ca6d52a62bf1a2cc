/*
 * Loads the native code of LMDB, in the package. The package lmdb looks for it beside itself, where it is not when its
 * JavaScript was bundled. Which of the files fits the engine is decided as it is there.
 */
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { compareTags, matchTags, parseTags } from 'node-gyp-build-optional-packages/node-gyp-build.js';
import { nativePlaces } from '../../dist/platform/node/native.js';

const { versions, platform, arch } = process;
/** Not imported: webpack would look for packages itself where it sees it. */
const { createRequire } = process.getBuiltinModule('node:module');
const runtime = versions.electron ? 'electron' : 'node';
/** Bun and Deno name one that they do not have. */
const abi = versions.bun || versions.deno ? 'none' : versions.modules;

function fittingFile(folder) {
  const [best] = readdirSync(folder)
    .map(parseTags)
    .filter(matchTags(runtime, abi))
    .sort(compareTags(runtime));
  return best && join(folder, best.file);
}

/** `VERSION`: of the JavaScript that goes with it, set by bundle.mjs. */
export default function load() {
  const name = `@lmdb/lmdb-${platform}-${arch}`;
  const places = nativePlaces();
  const others = [];
  for (const place of places) {
    const require = createRequire(place);
    let manifest;
    try {
      manifest = require.resolve(`${name}/package.json`);
    } catch {
      continue;
    }
    const { version } = require(manifest);
    const file = version === VERSION ? fittingFile(dirname(manifest)) : undefined;
    if (file) return require(file);
    others.push(`${dirname(manifest)} is version ${version}`);
  }
  const found = others.length > 0 ? `; ${others.join(', ')}` : '';
  throw new Error(
    `no native code for this engine in ${name}@${VERSION}, looked for from ${places.join(', ')}${found}`,
  );
}
