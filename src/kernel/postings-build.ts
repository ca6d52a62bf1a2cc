/* Binds the kernel of inverted indexes to a memory. Where an engine runs arenas with SIMD, it runs this build, and no other is faster. */
import type { KernelCode } from './builds.js';
import { postings } from './generated/postings.js';
import type { PostingsKernel } from './postings-kernel.js';
import { bindPostingsScalar } from './scalar/postings/index.js';

let compiled: WebAssembly.Module | undefined;

/** Compiled with SIMD, or in plain TypeScript where arenas are searched by that. */
export function bindPostings({ build }: KernelCode, memory: WebAssembly.Memory): PostingsKernel {
  if (build === 'scalar') return bindPostingsScalar(memory);
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(postings), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as PostingsKernel;
}
