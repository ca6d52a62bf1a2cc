/*
 * Listening to signals that may live as long as the process, on behalf of many. A signal gets one listener, however
 * many ask: Node walks through all of them for each that is added. And it keeps none once nobody asks any more, where
 * AbortSignal.any leaves something behind on a signal that lives long (Node 20).
 */

interface Listening {
  readonly listeners: Set<(reason: unknown) => void>;
  stop(): void;
}

const listening = new WeakMap<AbortSignal, Listening>();

function listenTo(signal: AbortSignal): Listening {
  const listeners = new Set<(reason: unknown) => void>();
  const tell = (): void => {
    listening.delete(signal);
    for (const listener of listeners) listener(signal.reason);
  };
  const stop = (): void => {
    listening.delete(signal);
    signal.removeEventListener('abort', tell);
  };
  signal.addEventListener('abort', tell, { once: true });
  const own = { listeners, stop };
  listening.set(signal, own);
  return own;
}

/**
 * Calls `listener` once, with the reason, when the first of `signals` aborts; at once if one has. Returns how to stop
 * that. A listener must not throw.
 */
export function onAbort(
  signals: readonly (AbortSignal | undefined)[],
  listener: (reason: unknown) => void,
): () => void {
  const aborted = signals.find((signal) => signal?.aborted);
  if (aborted) {
    listener(aborted.reason);
    return () => {};
  }
  const heard = (reason: unknown): void => {
    stop();
    listener(reason);
  };
  const joined = signals.flatMap((signal) => (signal ? [listening.get(signal) ?? listenTo(signal)] : []));
  for (const { listeners } of joined) listeners.add(heard);
  const stop = (): void => {
    for (const own of joined) if (own.listeners.delete(heard) && own.listeners.size === 0) own.stop();
  };
  return stop;
}

/** A signal that aborts with the first of `signals`, until it is released. */
export function eitherOf(signals: readonly (AbortSignal | undefined)[]): {
  readonly signal: AbortSignal;
  release(): void;
} {
  const controller = new AbortController();
  const release = onAbort(signals, (reason) => controller.abort(reason));
  return { signal: controller.signal, release };
}
