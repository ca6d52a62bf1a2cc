/*
 * Where everything lives in the memory of an inverted index, in bytes. Compiled twice, as layout.ts is.
 *
 * A memory is [descriptor | input of one addition | accumulator | two sets of bits | regions …]. Slots are cut into
 * windows of the same size. The postings of a term in one window are a *run*: offsets in the window, ascending, then
 * values. Runs of a term are chained, windows ascending; a term is a small record whose address is its number. A query
 * is a record too, with the lists that it reads. All regions come from one allocator: see asm/postings/memory.ts.
 */

/** Slots in a window, as a power of two: its accumulator, and the lengths beside it, stay in the caches of a core. */
export const WINDOW_SHIFT = 14;
export const WINDOW_SLOTS = 16_384;

/** Where the next region begins; 0: nothing was set up yet. */
export const TOP = 1024;
/** Bytes of a value: 4, a weight (float32), or 2, how often a word occurs (u16). */
export const VALUE_BYTES = 1028;
/** BM25: k1 (1 - b) and k1 b, float32. */
export const NORM_FIXED = 1032;
export const NORM_LENGTH = 1036;
/** First free region of each class of sizes: 113 of them, up to 4 GiB. */
export const FREE = 1088;

/** Of one addition: addresses of terms, then values (a float32, or a number of occurrences). */
export const INPUT_TERMS = 4096;
export const INPUT_VALUES = 8192;
export const INPUT_MOST = 1024;

/** A float32 for each slot of a window; all 0 between two calls. */
export const SUMS = 16_384;
/** A bit for each slot of a window: which may be found, or are counted. */
export const BITS = 81_920;
/** The same size: what `meet` builds. */
export const OTHER_BITS = 83_968;
export const BITS_BYTES = 2048;
export const REGIONS = 86_016;

/* A term. */
export const TERM_FIRST = 0;
export const TERM_LAST = 4;
/** The run before the last. */
export const TERM_BEFORE = 8;
/** Postings of all runs. */
export const TERM_COUNT = 12;
export const TERM_BYTES = 16;

/* A run. */
export const RUN_NEXT = 0;
export const RUN_WINDOW = 4;
export const RUN_COUNT = 6;
export const RUN_CAPACITY = 8;
/** Greatest weight; of text, greatest share tf / (tf + norm) at the average length that RUN_LOW has. */
export const RUN_HIGH = 12;
/** Least weight; of text, see above. */
export const RUN_LOW = 16;
export const RUN_OFFSETS = 20;
/** Least postings that a run has room for. */
export const RUN_LEAST = 2;

/* A query. */
export const Q_LISTS = 0;
export const Q_K = 4;
/** Hits so far. */
export const Q_SIZE = 8;
/** Address of k pairs of a key and a slot: a heap, the worst first. */
export const Q_HEAP = 12;
/** Of text: k1 b / average length, and the average length. */
export const Q_NORM = 16;
export const Q_AVERAGE = 20;
/** Address of the numbers of lists, least bound first. */
export const Q_ORDER = 24;
/** What float32 may add to a sum in the present window. */
export const Q_SLACK = 32;
/** Windows in which it has postings; postings that were added to sums; slots that were considered as hits. */
export const Q_WINDOWS = 40;
export const Q_ADDED = 44;
export const Q_TRIED = 48;
export const Q_FIRST = 56;

/* A list of a query. */
export const LIST_TERM = 0;
/** First run whose window is not before the present one. */
export const LIST_CURSOR = 4;
export const LIST_WEIGHT = 8;
/** The run of the present window, or 0. */
export const LIST_RUN = 12;
/** Most that it adds to a sum in the present window. */
export const LIST_BOUND = 16;
/** Postings that were counted. */
export const LIST_COUNTED = 24;
/** Lists of one group stand for each other: see `meet`. */
export const LIST_GROUP = 28;
/** Bounds of this list and of all before it in the order, summed. */
export const LIST_REST = 32;
/** 1: its postings are all added in the present window. */
export const LIST_ADDED = 40;
/** Windows in which its postings were not added: they could not change the answer, or were looked up. */
export const LIST_LEFT = 44;
export const LIST_BYTES = 48;
