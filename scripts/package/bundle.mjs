/*
 * Bundles the build in dist for publishing: a module for the import, another for who opens a directory, and in them the
 * texts of the threads. Packages of JavaScript come along; native code is found at run time.
 */
import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { rolldown } from 'rolldown';
import { esmExternalRequirePlugin } from 'rolldown/plugins';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const dist = (path) => join(ROOT, 'dist', path);

export function manifestOf(name) {
  return JSON.parse(readFileSync(join(ROOT, 'node_modules', name, 'package.json'), 'utf8'));
}

/** Puts a text in place of that of a module, which must be met. */
function replacing(id, textOf) {
  let met = false;
  return {
    name: `replacing ${id}`,
    load: {
      filter: { id },
      handler: (path) => {
        met = true;
        return textOf(path);
      },
    },
    buildEnd: () => {
      if (!met) throw new Error(`the bundle has no ${id}`);
    },
  };
}

/** Puts another piece in place of one that a text has once. */
function replaced(text, from, to) {
  const times = text.split(from).length - 1;
  if (times !== 1) throw new Error(`expected once, found ${times} times: ${from}`);
  return text.replace(from, () => to);
}

/** LMDB finds its native code by the packages that Silt depends on. */
const nativeLmdb = {
  name: 'native-lmdb',
  resolveId: {
    filter: { id: /^node-gyp-build-optional-packages$/ },
    handler: (_, from) =>
      /[\\/]lmdb[\\/]/.test(from) ? join(ROOT, 'scripts/package/native-lmdb.mjs') : null,
  },
};

/** The wasm of roaring bitmaps stands in the module: it is a file beside it otherwise. */
const roaringWasm = replacing(/roaring-wasm[\\/]index\.js$/, (path) => {
  const wasm = readFileSync(join(path, '../index.wasm')).toString('base64');
  const embedded = replaced(
    readFileSync(path, 'utf8'),
    'if (readBinary) return readBinary(file);',
    `return Uint8Array.from(atob('${wasm}'), (c) => c.charCodeAt(0));`,
  );
  const system = ['__dirname', '__require("fs")', '__require("path")', '_scriptName || __filename'];
  return system.reduce((text, piece) => replaced(text, piece, '""'), embedded);
});

/** A file of a package in which nothing may depend on where it is: in bundles of CommonJS, nobody knows. */
const placeless = (path, ...pieces) =>
  replacing(new RegExp(`[\\\\/]node_modules[\\\\/]${path}$`), (id) =>
    pieces.reduce((text, [from, to]) => replaced(text, from, to), readFileSync(id, 'utf8')),
  );

/** Keys of strings, which Silt has none of, are decoded as in Bun: no bundler likes the eval of the other way. */
const orderedBinary = replacing(/[\\/]ordered-binary[\\/]index\.js$/, (path) => {
  const text = readFileSync(path, 'utf8');
  const one = replaced(text, "typeof process !== 'undefined' && process.isBun ?", 'true ?');
  return replaced(one, 'eval(makeStringBuilder())', 'undefined');
});

const lmdb = [
  nativeLmdb,
  placeless('lmdb/native.js', ["dirname(fileURLToPath(import.meta.url)).replace(/dist$/, '')", "''"]),
  placeless('lmdb/node-index.js', ['createRequire(import.meta.url)', 'undefined']),
  placeless(
    'lmdb/open.js',
    ["typeof require == 'function' && require", 'undefined'],
    ['import.meta.url', "'file:///'"],
  ),
  placeless(
    'node-gyp-build-optional-packages/node-gyp-build.js',
    ["typeof __webpack_require__ === 'function' ? __non_webpack_require__ : require", 'undefined'],
    ["require('module').createRequire", 'undefined'],
  ),
  orderedBinary,
];

/** Making roaring bitmaps ready takes 20 ms: the first payload index has it done, not the import. */
const LAZY = '\0lazy-roaring';
const lazyRoaring = {
  name: 'lazy-roaring',
  resolveId: {
    filter: { id: /^roaring-wasm$/ },
    handler: (_, from) => (from === LAZY ? join(ROOT, 'node_modules/roaring-wasm/index.js') : LAZY),
  },
  load: {
    filter: { id: /lazy-roaring$/ },
    handler: () => `let loaded;
      export default { get RoaringBitmap32() { return (loaded ??= require('roaring-wasm')).RoaringBitmap32; } };`,
  },
};

/** Packing and unpacking alone: no streams, and no native code, which is not installed either. */
const msgpackr = {
  name: 'msgpackr',
  resolveId: {
    filter: { id: /^msgpackr$/ },
    handler: () => join(ROOT, 'node_modules/msgpackr/pack.js'),
  },
};

/** Tells modules of the build by their places in it. Packages have folders of the name dist as well, which are not meant. */
const ofBuild = (places) => (id) => {
  const place = relative(dist(''), id).replaceAll('\\', '/');
  return !place.startsWith('..') && places.test(place);
};

/** What the import loads, what the first opening of a database loads, and what a directory needs alone. */
const CORE = ofBuild(/^(?:index\.js|(?:api|base|hnsw|kernel|platform|threads|vector-index)\/)/);
const DATABASE = ofBuild(/^(?:collection|database|fields|filter(?!\/short\.js)|store(?!\/lmdb))\//);
const LMDB = ofBuild(/^store\/lmdb\//);

/** What is loaded with the language of a text field alone: stems and stop words, a file for each language. */
const LANGUAGE =
  /[\\/]node_modules[\\/](?:@orama[\\/](?:stemmers|stopwords)[\\/]dist[\\/](\w+)|stemmer[\\/]index)\.js$/;

/** What is loaded by those who import `silt/qdrant`, `silt/server`, and with the command. */
const QDRANT = ofBuild(/^server\/qdrant\//);
const HTTP = ofBuild(/^server\/(?:http|dashboard)\//);
/** The files of the dashboard: loaded when a browser asks for them. */
const PAGE = ofBuild(/^server\/dashboard\/generated\//);
/** What all commands have in common, and what those of a folder or a server do. */
const FRAME = ofBuild(/^cli\/(?:frame\/|main\.js|program\.js|errors\.js|version\.js)/);
const PLACE = ofBuild(/^cli\/served\//);
/** Modules of Node that the parser of arguments requires: to load all that any package requires takes 10 ms. */
const PARSER_NEEDS = /esm-external-require-node:(?:events|child_process|path|fs|process)$/;
/** A file for each command, which is loaded when it is typed: to load all takes longer than a short one runs. */
const COMMAND = /[\\/]dist[\\/]cli[\\/](?:commands[\\/](\w+)\.js|(browse|copy|import)[\\/])/;
const commandOf = (id) => COMMAND.exec(id).slice(1).find(Boolean);
/** Formats that need no package of others; each of the rest is a file of its own. */
const FORMATS = ofBuild(/^cli\/formats\/(?:blocks|columns|jsonl|npy|read|records|vecs|writers)\.js/);
const MCP = (id) => ofBuild(/^cli\/mcp\//)(id) || /[\\/]node_modules[\\/]@modelcontextprotocol[\\/]/.test(id);
/** Errors, checks and the short form of filters: all that a command needs of the import until it opens a database. */
const BASE = ofBuild(/^(?:base\/|filter\/short\.js)/);
/** Of the server, and all that a command needs of it unless it serves. */
const JSON_TEXT = ofBuild(/^server\/http\/json\.js$/);

const REQUIRE = /createRequire\(import\.meta\.url\)/g;

/** The bundler's own `require`, which is made when the package is loaded. A program bundled as CommonJS has no address. */
const anywhere = {
  name: 'anywhere',
  renderChunk: (code) =>
    code.search(REQUIRE) < 0
      ? null
      : { code: code.replace(REQUIRE, "createRequire(import.meta.url ?? 'file:///C:/')"), map: null },
};

async function generate({ define, plugins, ...options }, output) {
  const bundle = await rolldown({
    platform: 'node',
    plugins: [
      anywhere,
      msgpackr,
      esmExternalRequirePlugin({ external: [/^node:/, ...builtinModules] }),
      ...plugins,
    ],
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`bundling for the package: ${log.message}`);
    },
    ...options,
    transform: { define: { VERSION: JSON.stringify(manifestOf('lmdb').version), ...define } },
  });
  try {
    return (await bundle.generate(output)).output;
  } finally {
    await bundle.close();
  }
}

/** The text of a thread, as a module that exports it. It is run as CommonJS, which has no address of its own. */
async function threadText(name, input, plugins = []) {
  const output = await generate(
    {
      input,
      plugins,
      define: { 'import.meta.url': 'undefined' },
      // The manifest says that modules do nothing but export: those of the threads do.
      treeshake: {
        moduleSideEffects: [{ test: /[\\/](writer|worker-entry|writer-entry)\.js$/, sideEffects: true }],
      },
    },
    { format: 'cjs', codeSplitting: false, minify: { compress: false, mangle: false, codegen: true } },
  );
  if (output.length !== 1) throw new Error(`the thread ${input} is ${output.length} files`);
  return `export const ${name} = ${JSON.stringify(output[0].code)};`;
}

/** The modules of the package, as rolldown gives them. */
export async function bundled() {
  const worker = await threadText('WORKER', dist('threads/worker-entry.js'));
  const writer = await threadText('WRITER', dist('store/lmdb/writer-entry.js'), lmdb);
  return generate(
    {
      input: {
        index: dist('index.js'),
        qdrant: dist('server/qdrant/index.js'),
        server: dist('server/http/index.js'),
        cli: dist('cli/main.js'),
      },
      plugins: [
        replacing(/[\\/]worker-source\.js$/, () => worker),
        replacing(/[\\/]writer-source\.js$/, () => writer),
        lazyRoaring,
        roaringWasm,
        ...lmdb,
      ],
    },
    {
      format: 'esm',
      sourcemap: true,
      comments: false,
      chunkFileNames: '[name].js',
      codeSplitting: {
        groups: [
          {
            name: (id) => `words-${LANGUAGE.exec(id)[1] ?? 'en'}`,
            debugName: 'words',
            test: LANGUAGE,
            priority: 6,
          },
          { name: 'base', test: BASE, priority: 6 },
          { name: 'json', test: JSON_TEXT, priority: 6 },
          { name: 'dashboard', test: PAGE, priority: 6 },
          { name: 'builtins', test: PARSER_NEEDS, priority: 5 },
          { name: 'builtins-more', test: /esm-external/, priority: 4.5 },
          // A group takes along what it imports: what is not in a group before it.
          { name: 'silt', test: CORE, priority: 4 },
          { name: 'database', test: DATABASE, priority: 3 },
          { name: 'lmdb', test: LMDB, priority: 2 },
          { name: 'qdrant-requests', test: QDRANT, priority: 1 },
          { name: 'http', test: HTTP, priority: 1 },
          { name: 'command', test: FRAME, priority: 1 },
          { name: 'command-formats', test: FORMATS, priority: 0.8 },
          { name: 'command-place', test: PLACE, priority: 0.6 },
          { name: (id) => `command-${commandOf(id)}`, debugName: 'command', test: COMMAND, priority: 0.4 },
          { name: 'mcp', test: MCP },
        ],
      },
    },
  );
}
