/*
 * How much a run tries. `npm test` and CI try a little of everything; `npm run test:all` sets SILT_ALL, and tries as much as the
 * suites were made for.
 */

/** Whether this is `npm run test:all`. */
export const FULL: boolean = process.env['SILT_ALL'] === '1';

/** So many in `npm test` and in CI, and so many in `npm run test:all`; the variable of this name says it in either. */
export function amount(name: string, few: number, all: number): number {
  const given = process.env[name];
  if (given) return Number(given);
  return FULL ? all : few;
}

/** All of a list in `npm run test:all`; else one in so many, the first among them. */
export function someOf<T>(list: readonly T[], oneIn: number): T[] {
  return list.filter((_, at) => FULL || at % oneIn === 0);
}
