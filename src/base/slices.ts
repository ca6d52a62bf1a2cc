/* Long work in short slices: others get their turn in between. */

/** Lets pending events be handled. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Milliseconds that awaited calls may take at a stretch, before others have their turn. */
const TURN_MS = 4;

/** When the present turn of the event loop began to be used; 0 before. */
let turnBegan = 0;

/**
 * For calls that answer without waiting for anything: a loop of them would never let timers and messages in.
 * Undefined while the turn may last; else a promise that resolves in the next.
 */
export function takeTurn(): Promise<void> | undefined {
  const time = performance.now();
  if (turnBegan === 0) {
    turnBegan = time;
    setImmediate(() => {
      turnBegan = 0;
    });
    return undefined;
  }
  return time - turnBegan > TURN_MS ? breathe() : undefined;
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
