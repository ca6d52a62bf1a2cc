/*
 * Counts the steps that grow with what is there already: elements that an array moves or compares one by one, and
 * listeners that a signal has when another comes or goes (Node walks through them). Counted, not timed.
 */
type Method = (this: { readonly length: number }, ...values: unknown[]) => unknown;

const METHODS = ['shift', 'unshift', 'splice', 'indexOf', 'includes'] as const;

/** Runs `work`, and returns how many such steps it took. */
export async function countSteps(work: () => Promise<void>): Promise<number> {
  let steps = 0;
  const undo: (() => void)[] = [];
  const wrap = (target: object, name: string, count: (self: { readonly length: number }) => number): void => {
    const original = Reflect.get(target, name) as Method;
    const wrapped: Method = function (...values) {
      steps += count(this);
      return original.apply(this, values);
    };
    Object.defineProperty(target, name, { value: wrapped, configurable: true, writable: true });
    undo.push(() =>
      Object.defineProperty(target, name, { value: original, configurable: true, writable: true }),
    );
  };
  const listeners = new WeakMap<object, number>();
  const listening = (by: number) => (self: object) => {
    const before = listeners.get(self) ?? 0;
    listeners.set(self, Math.max(0, before + by));
    return before;
  };
  for (const name of METHODS) wrap(Array.prototype, name, ({ length }) => length);
  wrap(EventTarget.prototype, 'addEventListener', listening(1));
  wrap(EventTarget.prototype, 'removeEventListener', listening(-1));
  try {
    await work();
  } finally {
    for (const restore of undo) restore();
  }
  return steps;
}
