/*
 * Compiles the kernels twice, with and without relaxed SIMD, checks what came out, and writes each as a module
 * of base64 text: no file to find at run time, in Node, a bundle or a browser.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import asc from 'assemblyscript/asc';

const root = join(import.meta.dirname, '..');
const entry = 'src/kernel/asm/index.ts';
const out = join(root, 'src/kernel/generated');
const IMPORTS = ['env.accept:function', 'env.memory:memory'];

async function compile(features) {
  let bytes;
  const { error, stderr } = await asc.main(
    [
      entry,
      '--outFile',
      'out.wasm',
      '--baseDir',
      root,
      '--runtime',
      'stub',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      '--enable',
      features.join(','),
      '--noExportMemory',
      '--noAssert',
      '-O3',
      '--converge',
      ...(process.env.SILT_KERNEL_NAMES ? ['--debug'] : []),
    ],
    {
      writeFile: (name, data) => {
        if (name.endsWith('.wasm')) bytes = data;
      },
    },
  );
  if (error) throw new Error(`${error.message}\n${stderr}`);
  return bytes;
}

/** Ids of the sections of a module: the text of the format, section 5.5.2. */
function sections(bytes) {
  const ids = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
}

function check(name, bytes, expectedExports) {
  const ids = sections(bytes);
  if (ids.includes(11))
    throw new Error(`${name}: has a data section, which every instantiation would write over shared memory`);
  if (ids.includes(8)) throw new Error(`${name}: has a start function`);
  const exported = exportsOf(bytes);
  if (expectedExports && exported.join() !== expectedExports.join())
    throw new Error(`${name}: exports differ: ${exported}`);
  return exported;
}

/** Imports and exports, read from the sections so that a relaxed module can be checked on any Node. */
function names(bytes) {
  let at = 8;
  const text = new TextDecoder();
  const number = () => {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++];
      value |= (byte & 127) << shift;
      if (byte < 128) return value >>> 0;
    }
  };
  const name = () => text.decode(bytes.subarray(at + 0, (at = at + number0())));
  let pending = 0;
  const number0 = () => pending;
  const string = () => {
    pending = number();
    return name();
  };
  const kinds = ['function', 'table', 'memory', 'global'];
  const found = { imports: [], exports: [] };
  while (at < bytes.length) {
    const id = bytes[at++];
    const end = number() + at;
    if (id === 2 || id === 7) {
      for (let left = number(); left > 0; left--) {
        const label = id === 2 ? `${string()}.${string()}` : string();
        const kind = bytes[at++];
        if (id === 2) {
          if (kind === 2) {
            const flags = bytes[at++];
            number();
            if (flags & 1) number();
          } else if (kind === 0) number();
          found.imports.push(`${label}:${kinds[kind]}`);
        } else {
          number();
          found.exports.push(`${label}:${kinds[kind]}`);
        }
      }
    }
    at = end;
  }
  return found;
}

function exportsOf(bytes) {
  const { imports, exports } = names(bytes);
  const unexpected = imports.filter((i) => !IMPORTS.includes(i));
  if (unexpected.length) throw new Error(`unexpected imports: ${unexpected}`);
  const odd = exports.filter((e) => !e.endsWith(':function'));
  if (odd.length) throw new Error(`only functions may be exported, found ${odd}`);
  return exports.sort();
}

const base = ['simd', 'threads', 'bulk-memory'];
const builds = { simd: base, relaxed: [...base, 'relaxed-simd'] };
mkdirSync(out, { recursive: true });
let expected;
for (const [name, features] of Object.entries(builds)) {
  const bytes = await compile(features);
  expected = check(name, bytes, expected);
  const text = Buffer.from(bytes).toString('base64');
  writeFileSync(
    join(out, `${name}.ts`),
    `/* Made by scripts/build-kernel.mjs. */\nexport const ${name}: string =\n  '${text}';\n`,
  );
  console.log(`kernel ${name}: ${bytes.length} bytes`);
}
