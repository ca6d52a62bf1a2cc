/* Components of vectors in bytes of entries and rows. */

/** Bytes of components; none where there are no bytes. */
export function floatsOf(bytes: Uint8Array): Float32Array | undefined {
  if (bytes.length === 0) return undefined;
  const { buffer, byteOffset } = bytes.byteOffset % 4 === 0 ? bytes : bytes.slice();
  return new Float32Array(buffer, byteOffset, bytes.length / 4);
}
