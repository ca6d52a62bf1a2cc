/*
 * Where everything lives in the memory in which points of several vectors are compared (MaxSim), in bytes. Compiled twice, as
 * layout.ts is.
 *
 * A memory is [descriptor | query | bits of the query | best | numbers of the point | point]. Vectors of the query lie in
 * blocks of eight, component by component: the same component of all eight, then the next. So eight sums are made at
 * once, each over the components in their order, and no sum has to be folded. Where there are fewer, the rest is 0.
 */

/** The number of a metric, as in layout.ts. */
export const METRIC = 64;
export const DIMENSION = 68;
/** Vectors of the query. */
export const COUNT = 72;
/** Address of the blocks of the query. */
export const QUERY = 76;
/** Of sets of bits: address of how many each vector of the query has, as float32. */
export const BITS = 80;
/** Address of the best of each vector of the query so far, as float32: the greatest similarity, or the least distance. */
export const BEST = 84;
/** Address of a number for each vector of the point that is in its place: what its products are multiplied by, or how many bits it has. */
export const NUMBERS = 88;
/** Address of vectors of the point, some or all, as they are stored: one behind another. */
export const POINT = 92;
export const FIRST = 128;

/** Vectors of a block. */
export const BLOCK = 8;
