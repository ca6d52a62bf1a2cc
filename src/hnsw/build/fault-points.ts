/*
 * Step hooks: places in a build where a test can stop, throw, kill or hang a thread. They exist for tests
 * alone; while none is armed, passing one costs a single atomic load.
 *
 * Shared state: words 8 to 15 of a control memory. A test arms a step on the calling thread; the first thread
 * to reach it (after `skip` others) takes it and acts.
 */

import type { Faults } from '../../platform/faults.js';

export const STEPS = ['claimed', 'linking', 'linked', 'published'] as const;
export type Step = (typeof STEPS)[number];

export const ACTIONS = ['pause', 'throw', 'exit', 'hang', 'kill'] as const;
export type StepAction = (typeof ACTIONS)[number];

const ARMED = 8;
const ACTION = 9;
const ROW = 10;
const SKIP = 11;
const HITS = 12;
/** Never written. */
const STEP_WORDS_END = 15;

/** Arms a step. `row`: only for this row; `skip`: let so many threads pass first. */
export function armStep(
  control: Int32Array,
  step: Step,
  action: StepAction,
  o: { row?: number; skip?: number } = {},
): void {
  Atomics.store(control, ACTION, ACTIONS.indexOf(action));
  Atomics.store(control, ROW, o.row ?? -1);
  Atomics.store(control, SKIP, o.skip ?? 0);
  Atomics.store(control, HITS, 0);
  Atomics.store(control, ARMED, STEPS.indexOf(step) + 1);
}

/** Disarms, and lets paused threads go on. */
export function releaseSteps(control: Int32Array): void {
  Atomics.store(control, ARMED, 0);
  Atomics.notify(control, ARMED);
}

/** How many threads have acted on the armed step. */
export function stepHits(control: Int32Array): number {
  return Atomics.load(control, HITS);
}

export function reachStep(control: Int32Array, step: Step, row: number, faults: Pick<Faults, 'end'>): void {
  const armed = Atomics.load(control, ARMED);
  if (armed === 0 || STEPS[armed - 1] !== step) return;
  const wanted = Atomics.load(control, ROW);
  if (wanted !== -1 && wanted !== row) return;
  if (Atomics.sub(control, SKIP, 1) > 0) return;
  const action = ACTIONS[Atomics.load(control, ACTION)]!;
  // One thread dies for each time a step is armed; disarmed before it counts, so that it can be armed again.
  const once = action === 'exit' || action === 'hang';
  if (once && Atomics.compareExchange(control, ARMED, armed, 0) !== armed) return;
  Atomics.add(control, HITS, 1);
  Atomics.notify(control, HITS);
  const ends = action === 'exit' ? 'thread' : 'process';
  if (action === 'exit' || action === 'kill') faults.end(ends);
  act(control, armed, action, `thrown at step ${step}, row ${row}`);
}

function act(control: Int32Array, armed: number, action: StepAction, message: string): void {
  switch (action) {
    case 'pause':
      while (Atomics.load(control, ARMED) === armed) Atomics.wait(control, ARMED, armed, 1000);
      return;
    case 'throw':
      throw new Error(message);
    case 'hang':
      stall(control);
  }
}

function stall(control: Int32Array): void {
  for (;;) Atomics.wait(control, STEP_WORDS_END, 0, 1000);
}
