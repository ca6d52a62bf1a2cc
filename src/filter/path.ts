/*
 * Paths into payloads: `a.b`, `a[].b` (of every element), `a[0]`, `"a.b".c` (a key that holds a dot).
 */

export type Step = { readonly key: string } | { readonly at: number } | 'each';

export interface Path {
  /** The same for all spellings of one path. */
  readonly text: string;
  readonly steps: readonly Step[];
}

/** What conditions look at: the elements of values that are arrays, and the other values themselves. */
export function elementsOf(values: readonly unknown[]): unknown[] {
  return values.flat(1);
}
