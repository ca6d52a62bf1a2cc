/*
 * node:diagnostics_channel under one roof. Subscribe with
 * `diagnostics_channel.subscribe('silt:build:end', (message) => …)`; while nobody does, publishing costs nothing.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import { oneOf } from '../../base/checks.js';
import { listener as aFunction } from '../../base/options.js';
import type { Events, Publisher } from '../events.js';

/**
 * Held from the beginning on: Node forgets a channel that nobody holds, and where that comes late, it forgets the next
 * one of the same name instead; who subscribed to that is not told.
 */
const CHANNELS: Readonly<Record<keyof Events, Channel>> = {
  'silt:build:start': channel('silt:build:start'),
  'silt:build:progress': channel('silt:build:progress'),
  'silt:build:end': channel('silt:build:end'),
  'silt:build:error': channel('silt:build:error'),
  'silt:write': channel('silt:write'),
  'silt:write:error': channel('silt:write:error'),
  'silt:snapshot': channel('silt:snapshot'),
  'silt:snapshot:error': channel('silt:snapshot:error'),
  'silt:snapshot:rejected': channel('silt:snapshot:rejected'),
  'silt:store:upgrade': channel('silt:store:upgrade'),
  'silt:store:upgrade:error': channel('silt:store:upgrade:error'),
  'silt:follow:error': channel('silt:follow:error'),
  'silt:compaction': channel('silt:compaction'),
  'silt:compaction:error': channel('silt:compaction:error'),
  'silt:payload-index:error': channel('silt:payload-index:error'),
  'silt:field:error': channel('silt:field:error'),
  'silt:recall:error': channel('silt:recall:error'),
  'silt:listener:error': channel('silt:listener:error'),
  'silt:purge:error': channel('silt:purge:error'),
};

/**
 * Calls `listener` for each event of this name, of all databases and indexes of this process, until the function that is
 * returned is called. The same messages are on `node:diagnostics_channel`, under the same names.
 *
 * What a listener throws is an `uncaughtException` of the process; the call that the event is about goes on.
 *
 * @throws ValidationError for an unknown event, or a listener that is not a function
 * @example
 * const off = on('silt:build:end', ({ linked, seconds }) => console.log(linked, seconds));
 */
export function on<E extends keyof Events>(event: E, listener: (message: Events[E]) => void): () => void {
  oneOf('event', event, Object.keys(CHANNELS));
  aFunction().of('listener', listener);
  const heard = (message: unknown): void => listener(message as Events[E]);
  CHANNELS[event].subscribe(heard);
  return () => void CHANNELS[event].unsubscribe(heard);
}

export const nodeEvents: Publisher = {
  publish: (event, message) => {
    const target = CHANNELS[event];
    if (target.hasSubscribers) target.publish(message);
  },
};
