/* Binds the kernel of MaxSim to a memory, as postings-build.ts does that of inverted indexes. */
import type { KernelCode } from './builds.js';
import { maxsim } from './generated/maxsim.js';
import type { MaxSimKernel } from './maxsim-kernel.js';
import { bindMaxSimScalar } from './scalar/maxsim/index.js';

let compiled: WebAssembly.Module | undefined;

export function bindMaxSim({ build }: KernelCode, memory: WebAssembly.Memory): MaxSimKernel {
  if (build === 'scalar') return bindMaxSimScalar(memory);
  compiled ??= new WebAssembly.Module(Uint8Array.from(atob(maxsim), (c) => c.charCodeAt(0)));
  return new WebAssembly.Instance(compiled, { env: { memory } }).exports as unknown as MaxSimKernel;
}
