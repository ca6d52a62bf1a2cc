/* The points of a database that is upgraded while processes are killed: each is made of its number alone. */
export const UPGRADE_POINTS = 9_000;

export function pointOf(number) {
  const vector = Array.from({ length: 3 }, (_, i) => Math.fround(Math.sin(number * 3 + i)));
  return {
    id: number % 2 === 0 ? number : `point ${number}`,
    vector,
    ...(number % 3 !== 0 && { payload: { number } }),
  };
}
