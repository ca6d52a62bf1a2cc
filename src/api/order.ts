/* Orders by a value of the payloads, of queries and scrolls. */
import type { PathInto } from './paths.js';
import type { Payload } from './points.js';

/** Where an order begins: a number, or a time as a string or a Date. */
export type OrderStart = number | string | Date;

export interface OrderBy<P extends object = Payload> {
  /** Path of numbers, or of strings that name times. */
  readonly key: PathInto<P>;
  /** Default `asc`. */
  readonly direction?: 'asc' | 'desc' | undefined;
  /** Begins with this value, which is included. */
  readonly startFrom?: OrderStart | undefined;
}
