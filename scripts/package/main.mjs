/*
 * Makes the npm package in .package, or in another folder: `npm pack` or `npm publish` do the rest. Its manifest has no
 * scripts, and it depends on nothing that has an install script: npm has nothing to warn of.
 *
 *     npm run package [-- FOLDER]        behind `npm run build`
 */
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { SHARED } from '../shared-types.mjs';
import { bundled, manifestOf, ROOT } from './bundle.mjs';

const OUT = resolve(process.argv[2] ?? join(ROOT, '.package'));
const own = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** What stays of the manifest. Native code comes in packages for each platform, of which npm installs the one that fits. */
function manifest() {
  const { name, version, description, license, type, engines, keywords, sideEffects } = own;
  const at = (entry, form) => ({ types: `./${entry}.d.${form}ts`, default: `./${entry}.${form}js` });
  const both = (entry) => ({ import: at(entry, ''), require: at(entry, 'c') });
  return {
    ...{ name, version, description, license, type, engines, keywords, sideEffects },
    main: './index.cjs',
    types: './index.d.ts',
    bin: { silt: './cli.js' },
    exports: {
      '.': both('index'),
      './qdrant': both('qdrant'),
      './server': both('server'),
      './package.json': './package.json',
    },
    dependencies: { '@node-rs/crc32': own.dependencies['@node-rs/crc32'] },
    optionalDependencies: manifestOf('lmdb').optionalDependencies,
  };
}

/** The same instance of the module for `require` as for `import`: Node can load it so from 20.19 on. */
const cjsOf = (entry) => `module.exports = require('./${entry}.js');\n`;

/** The licenses of the packages that are bundled. */
function notices(modules) {
  const names = new Set(
    modules.flatMap((id) => /node_modules[\\/]((?:@[^\\/]+[\\/])?[^\\/]+)[\\/]/.exec(id)?.[1] ?? []),
  );
  const all = [...names].sort().map((name) => {
    const folder = join(ROOT, 'node_modules', name);
    const { version, license } = manifestOf(name);
    const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
    const text = file ? readFileSync(join(folder, file), 'utf8').trim() : '';
    return `${name} ${version} (${license})\n\n${text}\n`;
  });
  return `This package contains code of the following packages.\n\n${all.join(`\n${'-'.repeat(80)}\n\n`)}`;
}

/** Of each entry, the name of its declarations. */
const ENTRIES = { index: 'silt', qdrant: 'qdrant', server: 'server' };

/**
 * V8 holds a text in which one character is beyond Latin-1 with two bytes for each: it takes twice the memory, and longer to load.
 * The bundler writes characters as they are, whatever its plugins do.
 */
const ascii = (code) =>
  code.replace(/[^\0-\x7f]/g, (c) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** One file of declarations for each way to load the package: TypeScript tells modules of CommonJS by their names. */
function copyTypes() {
  for (const [entry, types] of Object.entries(ENTRIES))
    for (const form of ['', 'c']) {
      const text = readFileSync(join(ROOT, `dist/${types}.d.ts`), 'utf8');
      writeFileSync(join(OUT, `${entry}.d.${form}ts`), text.replace(`'${SHARED}'`, `'./index.${form}js'`));
    }
}

rmSync(OUT, { recursive: true, force: true });
mkdirSync(OUT);
const output = await bundled();
for (const { fileName, code, source } of output)
  writeFileSync(join(OUT, fileName), code ? ascii(code) : source);
for (const entry of Object.keys(ENTRIES)) writeFileSync(join(OUT, `${entry}.cjs`), cjsOf(entry));
copyTypes();
for (const name of ['README.md', 'LICENSE', 'CHANGELOG.md', 'docs'])
  if (existsSync(join(ROOT, name))) cpSync(join(ROOT, name), join(OUT, name), { recursive: true });
/** What the page of the dashboard is made of stands in it as a text. */
const OF_PAGE = ['preact', 'uplot'].map((name) => `/node_modules/${name}/`);
const modules = output.flatMap(({ moduleIds = [] }) => moduleIds);
writeFileSync(join(OUT, 'THIRD-PARTY-NOTICES'), notices([...modules, ...OF_PAGE]));
writeFileSync(join(OUT, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
for (const { fileName, code } of output) if (code) console.log(`${fileName}: ${code.length} bytes`);
