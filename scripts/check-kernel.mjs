/* What a kernel module must be: see docs/ARCHITECTURE.md, "Kernels own no memory". */
import { describeModule } from './wasm-module.mjs';

const START = 8;
const DATA = 11;
const ALLOWED_IMPORTS = ['env.accept (function)', 'env.memory (memory)'];

/** Throws unless the module only computes, and exports what `expected` lists (if given). Returns its exports. */
export function checkKernel(name, binary, expected) {
  const { sections, imports, exports } = describeModule(binary);
  const fail = (what) => {
    throw new Error(`kernel ${name}: ${what}`);
  };
  if (sections.includes(DATA)) fail('has a data section; instantiating it would write over shared memory');
  if (sections.includes(START)) fail('has a start function');
  const strange = imports.filter((i) => !ALLOWED_IMPORTS.includes(i));
  if (strange.length > 0) fail(`imports ${strange.join(', ')}`);
  const odd = exports.filter((e) => !e.endsWith('(function)'));
  if (odd.length > 0) fail(`exports ${odd.join(', ')}; only functions may be`);
  if (expected && exports.join() !== expected.join())
    fail(`exports differ between builds: ${exports.join(', ')}`);
  return exports;
}
