/* CRC-32C by the processor's own instruction where bytes are many: a call of native code costs as much as 150 bytes. */
import { requireNative } from '../../platform/node/native.js';
import { type Checksum, crc32c } from '../crc32c.js';

/** From so many bytes on, native code is faster than JavaScript. */
const NATIVE_BYTES = 200;

interface Package {
  crc32c(bytes: Uint8Array, before: number): number;
}

function nativeChecksum(): Checksum | undefined {
  try {
    // There must be a way on where the package has no build for the platform.
    const { crc32c } = requireNative('@node-rs/crc32') as Package;
    return (bytes, start, end, before) =>
      crc32c(start === 0 && end === bytes.length ? bytes : bytes.subarray(start, end), before);
  } catch {
    return undefined;
  }
}

const native = nativeChecksum();

export const checksum: Checksum = native
  ? (bytes, start, end, before) => (end - start < NATIVE_BYTES ? crc32c : native)(bytes, start, end, before)
  : crc32c;
