// @ts-check
import { readFileSync } from 'node:fs';

/**
 * @param {string} path of a file that scratchFile wrote
 * @returns {ArrayBuffer}
 */
export function readBuffer(path) {
  const file = readFileSync(path);
  // Node may hand out a view into a pool for small files; only large ones own their buffer.
  const own = file.byteOffset === 0 && file.byteLength === file.buffer.byteLength;
  return /** @type {ArrayBuffer} */ (own ? file.buffer : new Uint8Array(file).buffer);
}
