export interface State {
  readonly fields: Set<string>;
  readonly points: Map<number, object>;
}
export const STEPS: number;
export function idsOf(step: number): number[];
export function apply(state: State, step: number): void;
