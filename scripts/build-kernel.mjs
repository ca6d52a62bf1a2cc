/*
 * Compiles the kernels, with and without relaxed SIMD, checks what came out, and writes each as a module of
 * base64 text: no file to find at run time, in Node, a bundle or a browser. Nothing is done where nothing changed.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import asc from 'assemblyscript/asc';
import { checkKernel } from './check-kernel.mjs';
import { whereChanged } from './stamp.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const out = join(root, 'src/kernel/generated');
const SIMD = ['simd', 'bulk-memory'];
const SHARED = ['--sharedMemory', '--maximumMemory', '65536'];
const arenas = { entry: 'index.ts', memory: SHARED };
/** Those over an arena offer the same functions; the others have memories that no other thread sees. */
const BUILDS = {
  simd: { ...arenas, features: [...SIMD, 'threads'] },
  relaxed: { ...arenas, features: [...SIMD, 'threads', 'relaxed-simd'] },
  postings: { entry: 'postings/index.ts', memory: [], features: SIMD },
  maxsim: { entry: 'maxsim/index.ts', memory: [], features: SIMD },
};

async function compile({ entry, memory, features }) {
  let binary;
  const { error, stderr } = await asc.main(
    // biome-ignore format: one option a line
    [
      `src/kernel/asm/${entry}`,
      '--baseDir', root,
      '--outFile', 'kernel.wasm',
      '--runtime', 'stub',
      '--importMemory', '--noExportMemory', '--initialMemory', '1', ...memory,
      '--enable', features.join(','),
      '--noAssert', '--converge', '-O3',
    ],
    {
      writeFile(name, data) {
        if (name.endsWith('.wasm')) binary = data;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return binary;
}

async function build() {
  mkdirSync(out, { recursive: true });
  const offered = new Map();
  for (const [name, build] of Object.entries(BUILDS)) {
    const binary = await compile(build);
    const exported = checkKernel(name, binary, offered.get(build.entry));
    offered.set(build.entry, exported);
    const text = Buffer.from(binary).toString('base64');
    writeFileSync(
      join(out, `${name}.ts`),
      `/* Made by scripts/build-kernel.mjs. */\nexport const ${name}: string =\n  '${text}';\n`,
    );
    console.log(`kernel ${name}: ${binary.length} bytes, ${exported.length} functions`);
  }
}

const inputs = [
  'src/kernel/asm',
  'src/kernel/layout.ts',
  'src/kernel/postings-layout.ts',
  'src/kernel/maxsim-layout.ts',
  'scripts/build-kernel.mjs',
  'scripts/check-kernel.mjs',
  'node_modules/assemblyscript/package.json',
];
await whereChanged(
  {
    stamp: join(out, '.stamp'),
    made: Object.keys(BUILDS).map((name) => join(out, `${name}.ts`)),
    inputs: inputs.map((path) => join(root, path)),
  },
  build,
);
