/* What a searching thread runs: an exact scan of some rows of one arena. */
import { bindKernel, type KernelCode } from '../kernel/builds.js';
import type { ArenaHandle } from './arena.js';

export interface ScanInput {
  readonly arena: ArenaHandle;
  readonly code: KernelCode;
  /** Whose scratch to use: nobody else does meanwhile. */
  readonly thread: number;
  /** Offsets of parts of scratch. */
  readonly parts: { readonly query: number; readonly results: number };
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
export function run({
  arena,
  code,
  thread,
  parts,
  query,
  from,
  to,
  k,
  skip,
  filter,
}: ScanInput): Uint32Array {
  const kernel = bindKernel(code, arena.memory, () => 1);
  const scratch = arena.scratch + thread * arena.scratchBytes;
  const padded = new Float32Array(Math.ceil(query.length / 4) * 4);
  padded.set(query);
  new Float32Array(arena.memory.buffer, scratch + parts.query, padded.length).set(padded);
  kernel.prepareQuery(scratch);
  const size = kernel.scan(scratch, from, to, k, 0, skip, filter);
  return new Uint32Array(arena.memory.buffer, scratch + parts.results, 2 * size).slice();
}
