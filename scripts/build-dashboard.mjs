/*
 * Bundles the page of the dashboard (src/dashboard) into a module of compressed files, which the server loads when a browser asks.
 * In a module they are found wherever the package is bundled to.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = join(ROOT, 'src/dashboard');
const OUT = join(ROOT, 'src/server/dashboard/generated/assets.ts');
/** What users download with the page, all files compressed. */
const MOST_BYTES = 300_000;

const TYPES = { html: 'text/html', js: 'text/javascript', css: 'text/css', txt: 'text/plain' };

async function scripts() {
  const bundle = await rolldown({
    input: { app: join(SOURCE, 'main.tsx'), 'draw-thread': join(SOURCE, 'map/draw-thread.ts') },
    platform: 'browser',
    transform: { target: 'es2023' },
    onLog: (level, log) => {
      if (level === 'warn') throw new Error(`bundling the dashboard: ${log.message}`);
    },
  });
  try {
    const { output } = await bundle.generate({
      format: 'esm',
      minify: true,
      comments: false,
      entryFileNames: '[name].js',
      chunkFileNames: '[name].js',
      // What several tabs use comes as one file: each waits for a turn of a server that may be busy.
      codeSplitting: {
        groups: [
          { name: 'draw-points', test: /draw-points\.ts$/, priority: 1 }, // for threads, which have no page
          { name: 'shared', minShareCount: 2 },
        ],
      },
    });
    return output;
  } finally {
    await bundle.close();
  }
}

/** Comments and indentation go; nothing else is changed. */
const smaller = (css) =>
  css
    .replaceAll(/\/\*[\s\S]*?\*\//g, '')
    .replaceAll(/\s*\n\s*/g, '\n')
    .trim();

function styles() {
  const folder = join(SOURCE, 'style');
  const own = readdirSync(folder)
    .sort()
    .map((name) => join(folder, name));
  return [join(ROOT, 'node_modules/uplot/dist/uPlot.min.css'), ...own]
    .map((path) => smaller(readFileSync(path, 'utf8')))
    .join('\n');
}

/** The licences of what is bundled stand beside it. */
function licences(modules) {
  const names = new Set(modules.flatMap((id) => /node_modules[\\/]([^\\/]+)[\\/]/.exec(id)?.[1] ?? []));
  return [...names]
    .sort()
    .map((name) => {
      const folder = join(ROOT, 'node_modules', name);
      const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
      const file = readdirSync(folder).find((entry) => /^licen[cs]e/i.test(entry));
      return `${name} ${version} (${license})\n\n${readFileSync(join(folder, file), 'utf8').trim()}\n`;
    })
    .join(`\n${'-'.repeat(80)}\n\n`);
}

/** What the first tab needs, in the order in which it is needed: files that these name would be asked for late. */
function firstFiles(output) {
  const chunks = new Map(output.map((chunk) => [chunk.fileName, chunk]));
  const first = new Set(['app.js', 'overview.js']);
  for (const name of first) {
    const { imports, dynamicImports } = chunks.get(name);
    for (const other of name === 'app.js' ? imports : [...imports, ...dynamicImports]) first.add(other);
  }
  return [...first].slice(1);
}

/** The style stands in the page itself, which is painted with the first answer. */
function page(style, first) {
  const preloads = first.map((name) => `<link rel="modulepreload" href="/dashboard/${name}">\n`).join('');
  return readFileSync(join(SOURCE, 'index.html'), 'utf8')
    .replace('<style></style>', () => `<style>${style}</style>`)
    .replace('</head>', () => `${preloads}</head>`);
}

const sha256 = (text) => createHash('sha256').update(text);

function assetOf(name, text) {
  const gzip = gzipSync(text, { level: 9 });
  return {
    type: `${TYPES[name.split('.').at(-1)]}; charset=utf-8`,
    tag: `"${sha256(text).digest('base64url').slice(0, 22)}"`,
    gzip,
  };
}

const output = await scripts();
const style = styles();
const files = {
  'index.html': page(style, firstFiles(output)),
  'licences.txt': licences(output.flatMap(({ moduleIds = [] }) => moduleIds)),
  ...Object.fromEntries(output.map(({ fileName, code }) => [fileName, code])),
};
const assets = Object.entries(files).map(([name, text]) => [name, assetOf(name, text)]);
const bytes = assets.reduce((sum, [, { gzip }]) => sum + gzip.length, 0);
if (bytes > MOST_BYTES)
  throw new Error(`the dashboard takes ${bytes} bytes compressed, which is more than ${MOST_BYTES}`);

const lines = assets.map(
  ([name, { type, tag, gzip }]) =>
    `  ${JSON.stringify(name)}: { type: ${JSON.stringify(type)}, tag: ${JSON.stringify(tag)}, gzip: ${JSON.stringify(gzip.toString('base64'))} },`,
);
mkdirSync(dirname(OUT), { recursive: true });
writeFileSync(
  OUT,
  `/* Made by scripts/build-dashboard.mjs from src/dashboard. */
export const ASSETS: Readonly<Record<string, { readonly type: string; readonly tag: string; readonly gzip: string }>> = {
${lines.join('\n')}
};

/** Of the style in the page, for its policy. */
export const STYLE_HASH: string = 'sha256-${sha256(style).digest('base64')}';
`,
);
console.log(`dashboard: ${assets.length} files, ${bytes} bytes compressed`);
