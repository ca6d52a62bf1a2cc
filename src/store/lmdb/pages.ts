/*
 * What is in the pages of an LMDB file, as the lmdb package writes it (numbers in the order of the machine, which is
 * little-endian wherever the package has a build):
 *
 *   page  number u64, transaction u64, pad u16, flags u16, lower u16, upper u16 (or the number of overflow pages, u32),
 *         then a u16 for each node: where it begins, counted from the end of this header
 *   node  size or child u16 u16, flags u16 (part of the child, in branches), length of the key u16, key, value
 *   meta  behind the header: magic u32, version u32, address u64, size of the map u64, two trees, last page u64,
 *         transaction u64
 *   tree  page size or pad u32, flags u16, depth u16, five counts u64, root u64
 */
export const PAGE_HEADER = 24;
export const NODE_HEADER = 8;
export const META_BYTES: number = PAGE_HEADER + 136;
export const MAGIC = 0xbeefc0de;
export const VERSION = 2;
/** The smallest keys are empty: no tree is deeper. */
export const DEPTH_MAX = 32;

// Flags of pages, and of nodes.
export const BRANCH = 1;
export const LEAF = 2;
export const OVERFLOW = 4;
export const META = 8;
export const BIG_VALUE = 1;
export const SUBTREE = 2;

/** Where the trees are in a meta page: of free pages, and of the tables. */
export const TREES: readonly number[] = [48, 96];
export const ROOT_IN_TREE = 40;
