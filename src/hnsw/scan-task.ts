/* What a searching thread runs: an exact scan of some rows of one arena. */
import type { ArenaHandle } from '../kernel/arena-memory.js';
import { bindKernel, type KernelCode } from '../kernel/builds.js';
import { Scratch } from '../kernel/scratch.js';

export interface ScanInput {
  readonly arena: ArenaHandle;
  readonly code: KernelCode;
  /** Whose scratch to use: nobody else does meanwhile. */
  readonly thread: number;
  readonly query: Float32Array;
  readonly from: number;
  readonly to: number;
  readonly k: number;
  /** State bits that rows must not have. */
  readonly skip: number;
  /** UNFILTERED, or ADMITTED: then the bits stand in that scratch. */
  readonly filter: number;
}

/** The nearest of the rows [from, to): words of the result list. */
export function run({ arena, code, thread, query, from, to, k, skip, filter }: ScanInput): Uint32Array {
  const kernel = bindKernel(code, arena.memory, () => 1);
  const scratch = new Scratch(arena.memory, arena.scratch, thread);
  scratch.setQuery(query);
  kernel.prepareQuery(scratch.at);
  const size = kernel.scan(scratch.at, from, to, k, 0, skip, filter);
  return scratch.results.slice(0, 2 * size);
}
