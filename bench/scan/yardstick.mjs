// @ts-check
// Compiles sum.as.ts when it is needed and lays the rows into a memory of its own.
import { readFileSync } from 'node:fs';

const PAGE = 65_536;
const SOURCE = 'sum.as.ts';

/**
 * @param {Float32Array} rows
 * @returns {Promise<() => number>} reads every byte of the rows once
 */
export async function yardstick(rows) {
  const pages = Math.ceil(rows.byteLength / PAGE);
  const memory = new WebAssembly.Memory({ initial: pages });
  new Float32Array(memory.buffer).set(rows);
  const { instance } = await WebAssembly.instantiate(/** @type {BufferSource} */ (await compile()), {
    env: { memory },
  });
  const sum = /** @type {(from: number, to: number) => number} */ (instance.exports.sum);
  return () => sum(0, rows.byteLength);
}

/** @returns {Promise<Uint8Array>} */
async function compile() {
  const { default: asc } = await import('assemblyscript/asc');
  const source = readFileSync(new URL(SOURCE, import.meta.url), 'utf8');
  /** @type {Uint8Array | null} */
  let binary = null;
  const { error, stderr } = await asc.main(
    [
      SOURCE,
      '-o',
      'sum.wasm',
      '-O3',
      '--runtime',
      'stub',
      '--importMemory',
      '--noAssert',
      '--enable',
      'simd',
    ],
    {
      readFile: (name) => (name === SOURCE ? source : null),
      writeFile: (name, contents) => {
        if (name === 'sum.wasm') binary = /** @type {Uint8Array} */ (contents);
      },
      listFiles: () => [],
    },
  );
  if (error || binary === null) throw new Error(`the yardstick did not compile: ${stderr.toString()}`);
  return binary;
}
