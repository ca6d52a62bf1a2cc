/* Long work in short slices: others get their turn in between. */

/** Lets pending events be handled. */
export function breathe(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
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
