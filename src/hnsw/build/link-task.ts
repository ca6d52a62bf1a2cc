/* What a linker thread runs: see link-job.ts. */
import type { ArenaHandle } from '../../kernel/arena-memory.js';
import { bindKernel, type KernelCode } from '../../kernel/builds.js';
import { scratchOf } from '../../kernel/scratch.js';
import type { TaskThread } from '../../platform/pool.js';
import { reconnect } from './connectivity.js';
import { linkRows } from './link-job.js';

export interface LinkInput {
  readonly arena: ArenaHandle;
  readonly code: KernelCode;
  readonly control: Int32Array;
  readonly job: number;
  readonly thread: number;
  /** 'link' rows, or afterwards 'reconnect' those that no path leads to. */
  readonly work: 'link' | 'reconnect';
}

export function run(input: LinkInput, { faults }: Pick<TaskThread, 'faults'>): number {
  const { arena, code, control, job, thread } = input;
  const kernel = bindKernel(code, arena.memory, () => 1);
  const scratch = scratchOf(arena.scratch, thread);
  if (input.work === 'reconnect') return reconnect(kernel, scratch, thread + 1);
  linkRows({ kernel, control, job, thread, scratch, faults });
  return 0;
}
