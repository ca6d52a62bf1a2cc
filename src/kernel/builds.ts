/* Chooses the best kernel build that this engine runs, compiles it once and binds it to arenas. */

import { oneOf } from '../base/checks.js';
import { SiltError } from '../base/errors.js';
import { relaxed } from './generated/relaxed.js';
import { simd } from './generated/simd.js';
import { KERNEL_BUILDS, type Kernel, type KernelBuild } from './kernel.js';
import { bindScalar } from './scalar/index.js';

/** A chosen build: plain enough to be posted to a worker, where compiled code is then shared. */
export interface KernelCode {
  readonly build: KernelBuild;
  readonly module: WebAssembly.Module | null;
}

function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
}

const TEXTS = { relaxed, simd };
/** Undefined: this engine does not accept it. */
const compiled = new Map<KernelBuild, KernelCode | undefined>();

function moduleOf(build: 'relaxed' | 'simd'): KernelCode | undefined {
  const bytes = bytesOf(TEXTS[build]);
  return WebAssembly.validate(bytes) ? { build, module: new WebAssembly.Module(bytes) } : undefined;
}

/** Compiles one build, once, or returns undefined where the engine does not accept it. */
function compile(build: KernelBuild): KernelCode | undefined {
  if (!compiled.has(build))
    compiled.set(build, build === 'scalar' ? { build, module: null } : moduleOf(build));
  return compiled.get(build);
}

/**
 * The build to use: the one that is asked for, or the best that runs here.
 *
 * @throws SiltError KERNEL_UNAVAILABLE where the one asked for does not run on this engine
 */
export function kernelCode(wish?: string): KernelCode {
  if (wish !== undefined) {
    const build = oneOf('SILT_KERNEL', wish, KERNEL_BUILDS);
    const code = compile(build);
    if (!code)
      throw new SiltError(
        'KERNEL_UNAVAILABLE',
        `SILT_KERNEL=${build}: this JavaScript engine cannot run that kernel. Unset the variable, or choose another`,
      );
    return code;
  }
  for (const build of KERNEL_BUILDS) {
    const code = compile(build);
    if (code) return code;
  }
  throw new SiltError('KERNEL_UNAVAILABLE', 'no kernel runs on this engine');
}

/** Binds a build to one arena's memory. `accept` is asked about rows during filtered searches. */
export function bindKernel(
  code: KernelCode,
  memory: WebAssembly.Memory,
  accept: (row: number) => number,
): Kernel {
  if (!code.module) return bindScalar(memory, accept);
  const instance = new WebAssembly.Instance(code.module, {
    env: { memory, accept: (row: number) => accept(row >>> 0) },
  });
  return instance.exports as unknown as Kernel;
}
