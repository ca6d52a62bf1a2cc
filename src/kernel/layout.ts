/*
 * Where everything lives inside an arena, in bytes, and the numbers that kernels and everything else tell each other.
 * This file is compiled twice, by AssemblyScript into the kernels and by TypeScript into everything else, so it holds
 * integer constants and nothing more.
 *
 * An arena is [descriptor | origin of the codes | a scratch area for each thread | reach queue | blocks of rows …]. The
 * descriptor is written once when the arena is made, but for its last words, which change. Offsets rise: a test sees to
 * it that no two words of the descriptor overlap.
 */

/** Address of the descriptor. Low memory stays unused, so that a null pointer never looks valid. */
export const DESC = 1024;

export const D_DIMENSION = 0;
export const D_METRIC = 4;
export const D_M = 8;
/** Links per row on level 0: 2 × M. */
export const D_M0 = 12;
export const D_EF_CONSTRUCTION = 16;
export const D_SEED = 20;
/** Rows this arena can ever hold. */
export const D_CAPACITY = 24;
/** 1 where blocks hold vectors; 0 where they stay outside, and a row is coded from the query's place in scratch. */
export const D_VECTORS_KEPT = 28;

/* A code: what kind, and how far apart rows are. */
export const D_CODE_KIND = 32;
export const D_CODE_STRIDE = 36;
/** Bytes of packed code, which begin at D_CODE_DATA; the numbers that go with it are at D_TRAILER. */
export const D_CODE_BYTES = 40;
export const D_CODE_DATA = 44;
export const D_TRAILER = 48;
/** Bytes of code that a first look compares, a multiple of 16; 0: no first look. See asm/glance.ts. */
export const D_GLANCE = 52;
export const D_VECTOR_STRIDE = 56;

/* Blocks: address of the first, rows as a power of two, bytes. */
export const D_BLOCKS = 60;
export const D_BLOCK_SHIFT = 64;
export const D_BLOCK_BYTES = 68;
/** Upper-level link lists that a block has room for. */
export const D_UPPER_SLOTS = 72;

/* Sections of a block: offset from its start. */
export const D_SEC_CODES = 76;
export const D_SEC_LINKS = 80;
export const D_SEC_UPPER = 84;
export const D_SEC_VECTORS = 88;
export const D_SEC_IDS = 92;
export const D_SEC_LOCKS = 96;
export const D_SEC_NORMS = 100;
export const D_SEC_UPPER_SLOT = 104;
export const D_SEC_LEVELS = 108;
export const D_SEC_STATES = 112;

/* Scratch of one thread: offset from its start. */
export const D_S_QUERY = 116;
export const D_S_ROTATED = 120;
export const D_S_RESIDUAL = 124;
export const D_S_WALK_QUERY = 128;
export const D_S_PAIR_QUERY = 132;
export const D_S_BEAM = 136;
export const D_S_FRESH = 140;
export const D_S_RESULTS = 144;
export const D_S_ROWS = 148;
export const D_S_KEYS = 152;
export const D_S_CANDIDATES = 156;
export const D_S_VISITED = 164;
/** A bit for each row: set where a filtered search admits it. Written before such a search begins. */
export const D_S_ADMITTED = 168;

/** A queue of `capacity` rows for breadth-first traversal, used by one thread at a time: see hnsw/build/connectivity.ts. */
export const D_QUEUE = 172;

/** Address of the origin of the codes, `dimension` floats; zero until it is set. */
export const D_ORIGIN = 176;
/** What it adds to every distance, and its length, as floats: written when it is set, while no other thread reads codes. */
export const D_ORIGIN_BASE = 180;
export const D_ORIGIN_LENGTH = 184;

/** Entry point, shared and changing: one word of 64 bits, level above row, or -1 while the graph is empty. */
export const D_ENTRY = 192;
export const D_ENTRY_LOCK = 200;
/** Rows published so far. Stored last when a row is appended; whoever reads it sees those rows whole. */
export const D_ROWS = 204;
/*
 * Of the rows that were ever coded, where the metric is the dot product, see asm/lift.ts: length of the longest; mean
 * square of the last lengths, both as floats; how many that is of. Written by the calling thread. Linkers read the mean
 * meanwhile: one that reads an older one links a little differently, no worse.
 */
export const D_LONGEST = 208;
export const D_MEAN_SQUARE = 212;
export const D_MEASURED = 216;
export const DESC_BYTES = 256;

/** First byte behind the descriptor's page: the origin of the codes, then the scratch of each thread. */
export const FRONT = 4096;

/* First words of a thread's scratch. */
/** Vectors compared exactly since it was last cleared. Its reader clears it. */
export const S_COMPARED = 0;
/** Where a scan that stopped to look at some rows goes on. */
export const S_NEXT = 4;
/** How many rows a round of a filtered walk has looked through. */
export const S_THROUGH = 8;
/* Of the walk at hand, see asm/beam.ts: entries of the beam, those that count; the least key that is too far to be taken. */
export const S_SIZE = 12;
export const S_COUNTED = 16;
export const S_WORST = 20;
/** Entries that it may hold: that count, and in all. */
export const S_MOST = 24;
export const S_ROOM = 28;
/** The bound: on which of the best, where that stands, the least key that is too far by it; and its floats. */
export const S_RANK = 32;
export const S_PLACE = 36;
export const S_LIMIT = 40;
export const S_BOUND = 44;
export const S_OFFSET = 48;
export const S_SLACK = 52;
/** A row that the walk takes no notice of, or NONE. */
export const S_HIDDEN = 56;
/** What the last filtered walk became: WAY_*. */
export const S_WAY = 60;

/* Metrics. */
export const COSINE = 0;
export const EUCLIDEAN = 1;
export const DOT = 2;
export const HAMMING = 3;
export const JACCARD = 4;
export const MANHATTAN = 5;

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

/* Which rows a scan may return: all that have no state that it skips; of those, what `accept` admits, or what has a bit. */
export const UNFILTERED = 0;
export const ASKED = 1;
export const ADMITTED = 2;

/* Which rows a walk may return: every row (linking); those that live; of those, what `accept` admits. */
export const WALK_ALL = 0;
export const WALK_LIVE = 1;
export const WALK_ASKED = 2;
/** Every row, but only those that links lead to. */
export const WALK_LED_TO = 3;
/** Of those that live, what has a bit. */
export const WALK_ADMITTED = 4;

/* What a filtered walk becomes, see asm/admitted.ts: nothing, where there is no graph; a walk over all rows; a walk among those
 * that match; a scan of their codes. */
export const WAY_NONE = 0;
export const WAY_ALL = 1;
export const WAY_AMONG = 2;
export const WAY_CODES = 3;

/* Flags of an entry in a beam: its links were taken; it may be returned, so it counts. */
export const EXPANDED = 1;
export const COUNTS = 2;

/* Faults of the lists of one row: a link to the row itself; to a row that is missing, or not of that level; a link twice. */
export const FAULT_SELF = 1;
export const FAULT_MISSING = 2;
export const FAULT_DOUBLE = 4;

/* Verdicts on a vector. */
export const VECTOR_OK = 0;
export const VECTOR_NOT_FINITE = 1;
export const VECTOR_ZERO = 2;
export const VECTOR_WIDE = 3;

/** End of a list of links. */
export const NONE = 0xffffffff;

/** Entries in a beam or a result list: the largest ef, and the largest k of one kernel call. */
export const LIST_MAX = 16384;
/** Candidates that a search compares exactly, at least. */
export const CANDIDATES_MIN = 64;
/** Rows that a filtered walk looks through at a time, at most; those of four lists of links come on top. */
export const OTHERS = 512;
/** Levels above 0 at most. */
export const LEVEL_MAX = 15;

/*
 * Query block: base A, factor C, offset K, then the two factors of the error bound (see asm/encode.ts), as floats;
 * the data begins at Q_DATA bytes.
 */
export const Q_ROW_ERROR = 12;
export const Q_OWN_ERROR = 16;
/* For the first look: base, factor, offset; then limit per distance. */
export const Q_GLANCE = 20;
/** What is added to a distance to make its ratio to others mean something: see asm/beam.ts. */
export const Q_OFFSET = 36;
/** Where rows are linked by dot product, what the query lacks in length: see asm/lift.ts; else 0. */
export const Q_LACK = 40;
export const Q_DATA = 48;

/* Trailer of a code, in floats: vs, bv, the row's error; one more where int8 rows keep the sum of their code. */
export const T_BASE = 4;
export const T_ERROR = 8;
export const T_SUM = 12;
/** int4: squared length of the part that a first look compares. */
export const T_GLANCE = 12;
