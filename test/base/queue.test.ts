/* A queue gives what it was given in order, whoever leaves from the middle. */
import { expect, test } from 'vitest';
import { Queue } from '#silt/base/queue.js';

test('first come, first out; one put to the head before all others, and one that leaves is not seen again', () => {
  const queue = new Queue<number>();
  const places = [1, 2, 3, 4].map((value) => queue.push(value));
  const head = queue.unshift(0);
  expect([...queue]).toEqual([0, 1, 2, 3, 4]);
  for (const place of [head, places[1]!, places[3]!]) {
    expect([queue.remove(place), queue.remove(place)]).toEqual([true, false]);
    expect([place.before, place.next]).toEqual([undefined, undefined]); // it keeps nobody
  }
  expect([...queue]).toEqual([1, 3]);
  for (const place of queue.places()) queue.remove(place);
  expect([queue.first, queue.shift()]).toEqual([undefined, undefined]);
  queue.unshift(5);
  queue.push(6);
  expect([queue.shift(), queue.shift(), queue.shift()]).toEqual([5, 6, undefined]);
});
