/*
 * How much a run tries. `npm test` tries a little of everything within two minutes; `npm run test:all` sets SILT_ALL, and tries
 * as much as the suites were made for; `npm run test:ci` sets SILT_PART as well, the part of it that CI has time for.
 */

/** Whether this run is to try everything. */
export const FULL: boolean = process.env['SILT_ALL'] === '1';

const PART = Number(process.env['SILT_PART'] ?? 1);

/** So many in `npm test`, and so many in `npm run test:all`; the variable of this name says it in either. */
export function amount(name: string, few: number, all: number): number {
  const given = process.env[name];
  if (given) return Number(given);
  return FULL ? Math.ceil(few + (all - few) * PART) : few;
}

/** All of a list in `npm run test:all`; in `npm test` one in so many, the first among them; in CI some more, evenly taken. */
export function someOf<T>(list: readonly T[], oneIn: number): T[] {
  const few = Math.ceil(list.length / oneIn);
  const taken = FULL ? Math.round(few + (list.length - few) * PART) : few;
  return Array.from({ length: taken }, (_, i) => list[Math.floor((i * list.length) / taken)]!);
}
