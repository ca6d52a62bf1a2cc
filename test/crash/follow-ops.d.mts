/* Types of follow-ops.mjs, which runs in a process without TypeScript. */
import type { PointId } from '#silt/index.js';

export interface Operation {
  readonly together: boolean;
  readonly deleted: readonly PointId[];
  readonly written: readonly { readonly id: PointId }[];
}
type State = Map<PointId, number>;
export const IDS: number;
export const MARKER: string;
export const CONFIG: { readonly dimension: number };
export function operation(seed: number, n: number): Operation;
export function afterDeletion(state: State, given: Operation): State;
export function afterAll(state: State, given: Operation, n: number): State;
