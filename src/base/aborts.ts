/*
 * Listening to signals that may live as long as the process, on behalf of many. A signal gets one listener, however
 * many ask: Node walks through all of them for each that is added. And it keeps none once nobody asks any more, where
 * AbortSignal.any leaves something behind on a signal that lives long (Node 20).
 *
 * A signal may be a polyfill or a fake. One that cannot be listened to counts as aborted, by what it threw. Where a listener
 * is taken away the call is over: what is thrown then reaches nobody, and the listener that stays calls nobody.
 */

interface Listening {
  readonly listeners: Set<(reason: unknown) => void>;
  stop(): void;
}

const listening = new WeakMap<AbortSignal, Listening>();

function reasonOf(signal: AbortSignal): unknown {
  try {
    return signal.reason;
  } catch (error) {
    return error;
  }
}

function listenTo(signal: AbortSignal): Listening {
  const listeners = new Set<(reason: unknown) => void>();
  const tell = (): void => {
    listening.delete(signal);
    const reason = reasonOf(signal);
    for (const listener of listeners) listener(reason);
  };
  const stop = (): void => {
    listening.delete(signal);
    try {
      signal.removeEventListener('abort', tell);
    } catch {} // nobody listens behind it any more
  };
  signal.addEventListener('abort', tell, { once: true });
  const own = { listeners, stop };
  listening.set(signal, own);
  return own;
}

/**
 * Calls `listener` once, with the reason, when the first of `signals` aborts; at once if one has. Returns how to stop
 * that. Never throws; a listener must not throw either.
 */
export function onAbort(
  signals: readonly (AbortSignal | undefined)[],
  listener: (reason: unknown) => void,
): () => void {
  const joined: Listening[] = [];
  const stop = (): void => {
    for (const own of joined) if (own.listeners.delete(heard) && own.listeners.size === 0) own.stop();
  };
  const heard = (reason: unknown): void => {
    stop();
    listener(reason);
  };
  const ended = endedBy(signals) ?? joinAll(signals, heard, joined);
  if (ended) heard(ended.reason);
  return stop;
}

interface Ended {
  readonly reason: unknown;
}

/** The first signal that has aborted. */
function endedBy(signals: readonly (AbortSignal | undefined)[]): Ended | undefined {
  for (const signal of signals) {
    try {
      if (signal?.aborted) return { reason: reasonOf(signal) };
    } catch (reason) {
      return { reason };
    }
  }
  return undefined;
}

function joinAll(
  signals: readonly (AbortSignal | undefined)[],
  heard: (reason: unknown) => void,
  joined: Listening[],
): Ended | undefined {
  for (const signal of signals) {
    if (!signal) continue;
    try {
      const own = listening.get(signal) ?? listenTo(signal);
      own.listeners.add(heard);
      joined.push(own);
    } catch (reason) {
      return { reason };
    }
  }
  return undefined;
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
