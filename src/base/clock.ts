/* The time of day, in one place: everything that is measured uses performance.now(). */

/** Milliseconds since 1970. */
export function now(): number {
  return Date.now();
}
