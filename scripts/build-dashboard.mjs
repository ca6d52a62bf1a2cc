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

function assetOf(name, text) {
  const gzip = gzipSync(text, { level: 9 });
  return {
    type: `${TYPES[name.split('.').at(-1)]}; charset=utf-8`,
    tag: `"${createHash('sha256').update(text).digest('base64url').slice(0, 22)}"`,
    gzip,
  };
}

const output = await scripts();
const files = {
  'index.html': readFileSync(join(SOURCE, 'index.html'), 'utf8'),
  'app.css': styles(),
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
`,
);
console.log(`dashboard: ${assets.length} files, ${bytes} bytes compressed`);
