/* Ctrl+C: the first ends a command, which closes its database; the second ends the process at once. */
import { Interrupted } from './exits.js';

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/**
 * Runs `use` until it is done or a signal comes: then rejects with Interrupted, without waiting for `use`, unless that asked for
 * it (`waits`) because it ends by itself when its signal aborts.
 */
export async function interruptible<T>(
  use: (signal: AbortSignal) => Promise<T>,
  { waits = false }: { readonly waits?: boolean } = {},
): Promise<T> {
  const controller = new AbortController();
  let stop: (why: Interrupted) => void = () => {};
  const stopped = new Promise<never>((_, reject) => {
    stop = reject;
  });
  stopped.catch(() => {}); // it is raced below, or nobody waits for it
  const first = (name: 'SIGINT' | 'SIGTERM'): void => {
    for (const signal of SIGNALS) process.off(signal, first);
    const why = new Interrupted(name);
    controller.abort(why);
    stop(why);
  };
  for (const signal of SIGNALS) process.on(signal, first);
  try {
    const used = use(controller.signal);
    const done = await (waits ? used : Promise.race([used, stopped]));
    controller.signal.throwIfAborted();
    return done;
  } finally {
    for (const signal of SIGNALS) process.off(signal, first);
  }
}
