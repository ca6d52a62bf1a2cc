/*
 * Bundles main.mjs of an application, packages and all, with the bundler that is named, as its documentation says:
 *
 *     node bundle.mjs BUNDLER APPLICATION OUT
 *
 * Run in the folder of the tools. The bundle is one program: OUT/main.mjs or OUT/main.cjs.
 */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [, , bundler, app, out] = process.argv;
const require = createRequire(join(process.cwd(), 'package.json'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const entry = join(app, 'main.mjs');

async function esbuild(format) {
  const { build } = await load('esbuild');
  const outfile = join(out, format === 'esm' ? 'main.mjs' : 'main.cjs');
  const options = { entryPoints: [entry], bundle: true, platform: 'node', external: ['electron'] };
  const { warnings } = await build({ ...options, format, outfile });
  return warnings.map(({ text }) => text);
}

async function webpack(module) {
  const { default: pack } = await load('webpack');
  const output = module
    ? { path: out, filename: 'main.mjs', module: true, chunkFormat: 'module', library: { type: 'module' } }
    : { path: out, filename: 'main.cjs' };
  const compiler = pack({
    entry,
    mode: 'production',
    target: 'node',
    output,
    experiments: { outputModule: module },
    // With shortened names once, and once without.
    optimization: { minimize: !module },
  });
  const stats = await new Promise((resolve, reject) =>
    compiler.run((error, stats) => (error ? reject(error) : resolve(stats))),
  );
  const { errors, warnings } = stats.toJson();
  if (errors.length > 0) throw new Error(errors.map(({ message }) => message).join('\n'));
  return warnings.map(({ message }) => message);
}

async function rollup(format) {
  const { rollup } = await load('rollup');
  const { nodeResolve } = await load('@rollup/plugin-node-resolve');
  const { default: commonjs } = await load('@rollup/plugin-commonjs');
  const warnings = [];
  const bundle = await rollup({
    input: entry,
    plugins: [nodeResolve({ preferBuiltins: true }), commonjs()],
    onwarn: ({ message }) => warnings.push(message),
  });
  await bundle.write(
    format === 'es'
      ? { dir: out, format, entryFileNames: 'main.mjs' }
      : { dir: out, format, entryFileNames: 'main.cjs', chunkFileNames: '[name].cjs' },
  );
  return warnings;
}

async function vite() {
  const { build } = await load('vite');
  const warnings = [];
  const logger = { info() {}, error() {}, clearScreen() {}, hasErrorLogged: () => false, hasWarned: false };
  const warn = (text) => warnings.push(text);
  await build({
    root: app,
    customLogger: { ...logger, warn, warnOnce: warn },
    ssr: { noExternal: true },
    build: {
      ssr: entry,
      outDir: out,
      emptyOutDir: true,
      rolldownOptions: { output: { entryFileNames: 'main.mjs' } },
    },
  });
  return warnings;
}

const BUNDLERS = {
  'esbuild-esm': () => esbuild('esm'),
  'esbuild-cjs': () => esbuild('cjs'),
  webpack: () => webpack(false),
  'webpack-module': () => webpack(true),
  'rollup-es': () => rollup('es'),
  'rollup-cjs': () => rollup('cjs'),
  'vite-ssr': () => vite(),
};

for (const warning of await BUNDLERS[bundler]()) console.error(warning);
