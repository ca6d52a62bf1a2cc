/* How long rows wait is known while they do, and nothing is kept of those that do not. */
import { expect, test, vi } from 'vitest';
import { Queue } from '#silt/base/queue.js';
import { Arrivals } from '#silt/collection/arrivals.js';
import { nodePlatform } from '#silt/platform/node/node.js';

test('rows that are replaced again and again leave nothing, also where nobody asks', () => {
  const push = vi.spyOn(Queue.prototype, 'push');
  const shift = vi.spyOn(Queue.prototype, 'shift');
  const arrivals = new Arrivals(nodePlatform.time);
  const note = (place: number, oldest: number | undefined): void =>
    arrivals.note({ place, low: place + 1, high: Infinity }, oldest);
  for (let batch = 0; batch < 1_000; batch++) note(10 * batch, 10 * batch);
  expect(push.mock.calls.length - shift.mock.calls.length).toBe(1);
  expect(arrivals.waitedMs(9_990)).toBeGreaterThanOrEqual(0);
  note(10_000, undefined); // gone before it was noted
  expect(push.mock.calls.length - shift.mock.calls.length).toBe(0);
  vi.restoreAllMocks();
});
