/* The kernel builds that run on this engine, and memory to try them on. */
import { bindKernel, type KernelCode, kernelCode } from '#silt/kernel/builds.js';
import { KERNEL_BUILDS, type Kernel, type KernelBuild } from '#silt/kernel/kernel.js';

/** Whether every engine must run the scalar build. */
export const SCALAR_REQUIRED = true;

/** A module of one function that uses a relaxed dot product: the engine accepts it if it runs `relaxed`. */
const RELAXED_PROBE = Uint8Array.of(
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00], // magic, version
  ...[0x01, 0x05, 0x01, 0x60, 0x00, 0x01, 0x7b], // type: () => v128
  ...[0x03, 0x02, 0x01, 0x00], // one function of it
  ...[0x0a, 0x13, 0x01, 0x11, 0x00], // its body, no locals
  ...[0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f, 0x41, 0x00, 0xfd, 0x0f], // three zero vectors
  ...[0xfd, 0x93, 0x02, 0x0b], // i32x4.relaxed_dot_i8x16_i7x16_add_s
);

/** The builds that this engine must run. */
export function requiredBuilds(): KernelBuild[] {
  const must: KernelBuild[] = ['simd'];
  if (WebAssembly.validate(RELAXED_PROBE)) must.unshift('relaxed');
  if (SCALAR_REQUIRED) must.push('scalar');
  return must;
}

export function newMemory(pages: number): WebAssembly.Memory {
  return new WebAssembly.Memory({ initial: pages, maximum: pages, shared: true });
}

/** The code of a build, or undefined where it does not run here. */
export function codeOf(build: KernelBuild): KernelCode | undefined {
  try {
    const code = kernelCode(build);
    bindKernel(code, newMemory(1), () => 1);
    return code;
  } catch (error) {
    if ((error as { code?: string }).code === 'KERNEL_UNAVAILABLE') return undefined;
    throw error;
  }
}

/** The builds that run here, best first. */
export const BUILDS: readonly KernelCode[] = KERNEL_BUILDS.flatMap((build) => codeOf(build) ?? []);

/** A kernel over bare memory: for functions that work on addresses alone. */
export function bareKernel(code: KernelCode, memory: WebAssembly.Memory): Kernel {
  return bindKernel(code, memory, () => 1);
}

/** Runs `use` with SILT_KERNEL set: indexes made inside take that build. */
export function withKernel<T>(build: KernelBuild, use: () => T): T {
  const before = process.env['SILT_KERNEL'];
  process.env['SILT_KERNEL'] = build;
  try {
    return use();
  } finally {
    if (before === undefined) delete process.env['SILT_KERNEL'];
    else process.env['SILT_KERNEL'] = before;
  }
}

/** Lengths worth trying: all small ones, and primes, so that every remainder of every unrolling occurs. */
export const LENGTHS: readonly number[] = [
  ...Array.from({ length: 130 }, (_, i) => i + 1),
  ...[131, 191, 257, 383, 509, 769, 1009, 4099],
];

/** The rotation, and with it the 4-bit codes, begins at four components. */
export const ROTATED_LENGTHS: readonly number[] = LENGTHS.filter((length) => length >= 4);
