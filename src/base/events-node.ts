/*
 * node:diagnostics_channel under one roof. Subscribe with
 * `diagnostics_channel.subscribe('silt:build:end', (message) => …)`; while nobody does, publishing costs nothing.
 */
import { channel } from 'node:diagnostics_channel';

/** Messages by channel. `index` is the object concerned, so that several can be told apart. */
export interface Events {
  'silt:build:start': { index: object; pending: number; threads: number };
  'silt:build:progress': {
    index: object;
    linked: number;
    total: number;
    linkedPerSecond: number;
    etaSeconds: number | null;
  };
  'silt:build:end': { index: object; linked: number; quarantined: number; seconds: number };
  'silt:build:error': { index: object; error: unknown };
}

export function publish<E extends keyof Events>(event: E, message: Events[E]): void {
  const target = channel(event);
  if (target.hasSubscribers) target.publish(message);
}
