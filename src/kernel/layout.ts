/*
 * Where everything lives inside an arena, in bytes. This file is compiled twice, by AssemblyScript into the
 * kernels and by TypeScript into everything else, so it holds integer constants and nothing more.
 *
 * An arena is [descriptor | one scratch area per thread | reach queue | blocks of rows …]. The descriptor is
 * written once when the arena is made, except for the entry point and its lock.
 */

/** Address of the descriptor. Low memory stays unused, so that a null pointer never looks valid. */
export const DESC = 1024;

export const D_DIMENSION = 0;
export const D_METRIC = 4;
export const D_CODE_KIND = 8;
export const D_M = 12;
/** Links per row on level 0: 2 × M. */
export const D_M0 = 16;
export const D_EF_CONSTRUCTION = 20;
export const D_SEED = 24;
/** Rows this arena can ever hold. */
export const D_CAPACITY = 28;

export const D_BLOCKS = 32;
export const D_BLOCK_SHIFT = 36;
export const D_BLOCK_BYTES = 40;
/** Upper-level link lists that a block has room for. */
export const D_UPPER_SLOTS = 44;

/* Sections of a block: offset from its start, then stride per row where it is not fixed. */
export const D_SEC_CODES = 48;
export const D_SEC_LINKS = 52;
export const D_SEC_UPPER = 56;
export const D_SEC_STATES = 60;
export const D_SEC_LEVELS = 64;
export const D_SEC_UPPER_SLOT = 68;
export const D_SEC_LOCKS = 72;
export const D_SEC_NORMS = 76;
export const D_SEC_IDS = 80;
export const D_SEC_VECTORS = 84;
export const D_CODE_STRIDE = 88;
/** Bytes of packed code, which begin at D_CODE_DATA; the numbers that go with it are at D_TRAILER. */
export const D_CODE_BYTES = 92;
export const D_TRAILER = 96;
export const D_VECTOR_STRIDE = 100;

/* Scratch of one thread: offset from its start. */
export const D_S_QUERY = 104;
export const D_S_ROTATED = 108;
export const D_S_WALK_QUERY = 112;
export const D_S_PAIR_QUERY = 116;
export const D_S_BEAM = 120;
export const D_S_RESULTS = 124;
export const D_S_ROWS = 128;
export const D_S_KEYS = 132;
export const D_S_CANDIDATES = 136;
export const D_S_SELECTED = 140;
export const D_S_VISITED = 144;
/** A bit for each row: set where a filtered search admits it. Written before such a search begins. */
export const D_S_ADMITTED = 184;
/** One queue of `capacity` rows for breadth-first traversal, used by one thread at a time: see hnsw/build/connectivity.ts. */
export const D_QUEUE = 148;

/* Shared and changing: entry point as (level << 32 | row), or -1 while the graph is empty. */
export const D_S_FRESH = 152;
export const D_S_RESIDUAL = 172;

/** Origin of the codes, `dimension` floats; zero until it is set. What it adds to every distance is D_ORIGIN_BASE. */
export const D_ORIGIN = 164;
export const D_ORIGIN_BASE = 168;
/** Its length. */
export const D_ORIGIN_LENGTH = 176;

export const D_CODE_DATA = 156;
/** 1 where blocks hold vectors; 0 where they stay outside, and a row is coded from the query's place in scratch. */
export const D_VECTORS_KEPT = 180;
/** Bytes of code that a first look compares, a multiple of 16; 0: no first look. See asm/glance.ts. */
export const D_GLANCE = 160;

export const D_ENTRY = 192;
export const D_ENTRY_LOCK = 200;
/** Rows published so far. Stored last when a row is appended; whoever reads it sees those rows whole. */
export const D_ROWS = 208;
export const DESC_BYTES = 256;

/** First byte behind the descriptor's page: the origin of the codes, then the scratch of each thread. */
export const FRONT = 4096;

/* Metrics. */
export const COSINE = 0;
export const EUCLIDEAN = 1;
export const DOT = 2;
export const HAMMING = 3;
export const JACCARD = 4;

/* What the walk compares. */
export const CODE_FLOAT = 0;
export const CODE_INT8 = 1;
export const CODE_INT4 = 2;
export const CODE_BITS = 3;

/* Row states, bits of one byte that are only ever set, by an atomic or. None set: waiting in the window. */
export const LINKED = 1;
export const MASKED = 2;
export const QUARANTINED = 4;
/** Too large or too small for float32 arithmetic: compared in float64 by hnsw/scan.ts, never linked. */
export const WIDE = 8;

/* Which rows a scan or a walk may return: all that live; those that `accept` admits; those whose bit is set. */
export const UNFILTERED = 0;
export const ASKED = 1;
export const ADMITTED = 2;

/** Second word: where a scan that stopped to look at some rows goes on. */
export const S_NEXT = 4;

/** Third word: how many rows a round of a filtered walk has looked through. */
export const S_THROUGH = 8;

/** First word of a thread's scratch: vectors compared exactly since it was last cleared. Its reader clears it. */
export const S_COMPARED = 0;

/** End of a list of links. */
export const NONE = 0xffffffff;

/** Entries in a beam or a result list: the largest ef, and the largest k of one kernel call. */
export const LIST_MAX = 16384;
/** Rows that a filtered walk looks through at a stretch, at most; those of four lists of links come on top. */
export const OTHERS = 512;
/** Levels above 0 at most. */
export const LEVEL_MAX = 15;

/* Verdicts on a vector. */
export const VECTOR_OK = 0;
export const VECTOR_NOT_FINITE = 1;
export const VECTOR_ZERO = 2;
export const VECTOR_WIDE = 3;

/*
 * Query block: base A, factor C, offset K, then the two factors of the error bound (see encode.ts), as floats;
 * the data begins at Q_DATA bytes.
 */
export const Q_ROW_ERROR = 12;
export const Q_OWN_ERROR = 16;
/* For the first look: base, factor, offset; then limit per distance. */
export const Q_GLANCE = 20;
export const Q_DATA = 48;

/* Trailer of a code, in floats: vs, bv, the row's error; int8 rows keep the sum of their code behind. */
export const T_ERROR = 8;
export const T_SUM = 12;
/** int4: squared length of the part that a first look compares. */
export const T_GLANCE = 12;
