/* Some of many, in their order: the same ones by the same random numbers. */

export function sampleOf(all: Uint32Array, most: number, random: () => number): Uint32Array {
  if (all.length <= most) return all;
  const some = new Uint32Array(most);
  let taken = 0;
  for (let at = 0; taken < most; at++)
    if (random() * (all.length - at) < most - taken) some[taken++] = all[at]!;
  return some;
}
