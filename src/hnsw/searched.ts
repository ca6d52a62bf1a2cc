/* What a search looks through. */
import type { KernelCode } from '../kernel/builds.js';
import type { Admitted } from './admitted.js';
import type { Arena } from './arena.js';
import type { Crew } from './crew.js';

/** Between `enter` and `leave`, the kernel asks about `admitted`. */
export interface Searched {
  readonly arenas: readonly Arena[];
  readonly code: KernelCode;
  readonly crew: Crew;
  enter(admitted: Admitted): void;
  leave(): void;
}
