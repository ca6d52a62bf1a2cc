/* Which rows a search may find: decided once, read by the planner, told to the kernel. Rows are named by slots (slots.ts). */
import { ADMITTED, ASKED, LINKED, MASKED, UNFILTERED, WIDE } from '../kernel/layout.js';

export type Admitted =
  | { readonly kind: 'all' }
  /** Those that have a bit. */
  | { readonly kind: 'bits'; readonly bits: Uint32Array }
  /** Those for which `ask` says so. */
  | {
      readonly kind: 'asked';
      /** Asked during a search, and must not call the engine. Of slots that have a bit alone, where there are bits. */
      readonly ask: (slot: number) => boolean;
      readonly bits?: Uint32Array;
      /** The beam, where another one would ask too much. */
      readonly ef?: number;
      /** Nearly everything matches: so many of the nearest are found, and asked about afterwards. */
      readonly take?: number;
    };

export const ALL: Admitted = { kind: 'all' };

/** What a scan of the kernel is told. */
export const SCAN_FILTER: Readonly<Record<Admitted['kind'], number>> = {
  all: UNFILTERED,
  bits: ADMITTED,
  asked: ASKED,
};

/** State bits of rows that a scan leaves out: all but those of the window; all that do not live. */
export const OUT_OF_WINDOW: number = LINKED | MASKED | WIDE;
export const DEAD: number = MASKED | WIDE;

/** Whether a row matches. */
export function admits(admitted: Admitted, slot: number): boolean {
  if (admitted.kind === 'all') return true;
  const { bits } = admitted;
  if (bits && ((bits[slot >>> 5] ?? 0) & (1 << (slot & 31))) === 0) return false;
  return admitted.kind === 'bits' || admitted.ask(slot);
}
