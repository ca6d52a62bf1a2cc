/*
 * Long work in short slices: others get their turn in between.
 *
 * A turn of the event loop is given to one kind of work at a time: to calls that wait to be answered, or to work that goes
 * on in slices. Where both wait, they take turns. Those of a kind go on in the order in which they came, one after
 * the other, as long as the turn lasts; the first of them always does. So no turn is longer than its time and the last
 * piece of it, however many wait, and whoever waits comes nearer with each turn.
 */
import { Queue } from './queue.js';

/** Milliseconds that calls or slices may take at a stretch, before others have their turn. */
const TURN_MS = 4;

const calls = new Queue<() => void>();
const slices = new Queue<() => void>();
/** Whose turn it is, or was last. */
let present = calls;
/** When the present turn began to be used; 0 before. */
let turnBegan = 0;
/** Whether the next turn is coming: else nobody waits, and none has begun. */
let coming = false;

function nextTurn(): void {
  const [next, other] = present === calls ? [slices, calls] : [calls, slices];
  present = next.size > 0 ? next : other;
  coming = present.size > 0;
  turnBegan = coming ? performance.now() : 0;
  if (!coming) return;
  setImmediate(nextTurn);
  release();
}

/** One goes on; then the next, while the turn lasts. */
function release(): void {
  present.shift()!();
  queueMicrotask(behindPromises);
}

/** A tick that a microtask asks for comes when no microtask is left: all that the one before has set off is done. */
function behindPromises(): void {
  process.nextTick(releaseNext);
}

function releaseNext(): void {
  if (present.size > 0 && performance.now() - turnBegan <= TURN_MS) release();
}

/** The event loop goes around, and then there is another turn. */
function expectNext(): void {
  if (coming) return;
  coming = true;
  setImmediate(nextTurn);
}

/** Lets pending events be handled, and others that wait. */
export function breathe(): Promise<void> {
  expectNext();
  return new Promise((resolve) => slices.push(resolve));
}

/**
 * For calls that answer without waiting for anything: a loop of them would never let timers and messages in, and
 * thousands made at once would go on in one turn. Undefined where nobody waits and the turn lasts; else a promise.
 */
export function takeTurn(): Promise<void> | undefined {
  if (calls.size === 0) {
    const time = performance.now();
    if (turnBegan === 0) {
      turnBegan = time;
      expectNext();
      return undefined;
    }
    if (time - turnBegan <= TURN_MS) return undefined;
  }
  expectNext();
  return new Promise((resolve) => calls.push(resolve));
}

/** What an iterable yields, `size` at a time, with a breath after each slice. */
export async function* inSlices<T>(items: Iterable<T>, size: number): AsyncGenerator<T[]> {
  let slice: T[] = [];
  for (const item of items) {
    slice.push(item);
    if (slice.length < size) continue;
    yield slice;
    slice = [];
    await breathe();
  }
  if (slice.length > 0) yield slice;
}
