/* What happens inside, told to a logger: one line for each event, at the level that it deserves. */
import type { Logger } from '../api/config.js';
import type { Events, Publisher } from './events.js';

const LINES: Readonly<Record<keyof Events, readonly [level: keyof Logger, message: string]>> = {
  'silt:build:start': ['debug', 'indexing started'],
  'silt:build:progress': ['debug', 'indexing'],
  'silt:build:end': ['info', 'indexing finished'],
  'silt:build:error': ['error', 'indexing failed; it is tried again'],
  'silt:write': ['debug', 'points written'],
  'silt:write:error': ['error', 'a write failed'],
  'silt:snapshot': ['info', 'snapshot written'],
  'silt:snapshot:error': ['error', 'a snapshot could not be written'],
  'silt:snapshot:rejected': ['warn', 'a snapshot could not be used; the index is built again'],
  'silt:store:upgrade': ['info', 'rows of an older format are rewritten'],
  'silt:store:upgrade:error': ['error', 'rows of an older format could not be rewritten'],
  'silt:purge:error': ['error', 'rows of a dropped collection could not be removed; it is tried again'],
  'silt:follow:error': ['error', 'what another process wrote could not be taken up; it is tried again'],
  'silt:compaction': ['info', 'compacted'],
  'silt:compaction:error': ['error', 'a compaction failed'],
  'silt:payload-index:error': ['error', 'points could not be added to a payload index'],
  'silt:field:error': ['error', 'points could not be added to a field of text or sparse vectors'],
  'silt:recall:error': ['error', 'recall could not be measured'],
  'silt:listener:error': ['error', 'an internal listener failed'],
};

/** Publishes as `events` does, and writes each event to `logger` too. What a logger throws is its own: nothing stops for it. */
export function logged(events: Publisher, logger: Logger): Publisher {
  return {
    publish(event, message) {
      events.publish(event, message);
      const [level, line] = LINES[event];
      try {
        // It may return a promise, of whichever realm or library.
        Promise.resolve(logger[level](detailsOf(event, message), line)).catch(() => {});
      } catch {
        // a logger that fails must not fail a write
      }
    },
  };
}

/** As pino wants them: an error as `err`. The index is an object of the program's, nothing to print. */
function detailsOf(event: keyof Events, message: object): object {
  const { index: _, error, ...details } = message as { index?: object; error?: unknown };
  return { event, ...details, ...(error !== undefined && { err: error }) };
}
