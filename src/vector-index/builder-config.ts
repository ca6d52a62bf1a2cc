/* Configuration of the streaming builder, as it is written down in JSON. */
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';

/** Plain data: what `toJSON` gives, `parseConfig` takes. */
export interface AsyncIndexBuilderConfig {
  /** Buffered rows at which `enqueue` returns true, 1 or more. Default 10,000. */
  merge_threshold: number;
  /** Threads that link, 1 to 64; null: as many as the index has. Default null. */
  segment_count: number | null;
}

const DEFAULTS: Readonly<AsyncIndexBuilderConfig> = { merge_threshold: 10_000, segment_count: null };

function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new ValidationError('INVALID_OPTION', `${name} must be a positive integer, got ${show(value)}`);
}

/** Fills in defaults; unknown fields are dropped (older configurations carry `sync_mode`). */
export function parseConfig(json: unknown): AsyncIndexBuilderConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ValidationError(
      'INVALID_OPTION',
      `a builder configuration must be an object, got ${show(json)}`,
    );
  }
  const { merge_threshold = DEFAULTS.merge_threshold, segment_count = DEFAULTS.segment_count } =
    json as Partial<Record<keyof AsyncIndexBuilderConfig, unknown>>;
  return {
    merge_threshold: positive('merge_threshold', merge_threshold),
    segment_count: segment_count === null ? null : positive('segment_count', segment_count),
  };
}
