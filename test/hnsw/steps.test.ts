/* The hooks that the tests of faults stand on. */
import { expect, test } from 'vitest';
import { ACTIONS, armStep, reachStep, releaseSteps, STEPS, stepHits } from '#silt/hnsw/build/fault-points.js';
import { nodePlatform } from '#silt/platform/node/node.js';

const newControl = (): Int32Array => new Int32Array(new SharedArrayBuffer(4 * 64));

test('nothing happens where nothing is armed', () => {
  const control = newControl();
  for (const step of STEPS) reachStep(control, step, 0, nodePlatform.faults);
  expect(stepHits(control)).toBe(0);
  expect(ACTIONS).toContain('throw');
});

test('an armed step acts on the row that is meant, each time', () => {
  const control = newControl();
  armStep(control, 'linked', 'throw', { row: 5 });
  reachStep(control, 'linking', 5, nodePlatform.faults);
  reachStep(control, 'linked', 4, nodePlatform.faults);
  expect(() => reachStep(control, 'linked', 5, nodePlatform.faults)).toThrow('step linked, row 5');
  expect(() => reachStep(control, 'linked', 5, nodePlatform.faults)).toThrow();
  expect(stepHits(control)).toBe(2);
  releaseSteps(control);
  reachStep(control, 'linked', 5, nodePlatform.faults);
  expect(stepHits(control)).toBe(2);
});

test('skip lets so many pass, and arming again counts anew', () => {
  const control = newControl();
  armStep(control, 'claimed', 'throw', { skip: 2 });
  reachStep(control, 'claimed', 0, nodePlatform.faults);
  reachStep(control, 'claimed', 32, nodePlatform.faults);
  expect(() => reachStep(control, 'claimed', 64, nodePlatform.faults)).toThrow('row 64');
  armStep(control, 'claimed', 'throw');
  expect(stepHits(control)).toBe(0);
  expect(() => reachStep(control, 'claimed', 96, nodePlatform.faults)).toThrow();
});

test('the words of the steps are those of no thread: only they are written', () => {
  const control = newControl();
  armStep(control, 'published', 'throw', { row: -1 });
  expect([...control.keys()].filter((i) => control[i] !== 0).every((i) => i >= 8 && i < 16)).toBe(true);
});
