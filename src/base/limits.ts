/* A limit on everything, in one place; test/base/limits.test.ts holds the relations between them. */

/** Components of a vector. */
export const DIMENSION_MAX = 65_536;
/** Fields of a collection; their names are as long as other names at most. */
export const FIELDS_MAX = 64;
/** Named fields that a collection may ever have had: rows have 16 bits for their numbers, and two that are no field's. */
export const FIELDS_EVER_MAX = 65_534;
/** Values of a sparse vector that are not left out. */
export const SPARSE_VALUES_MAX = 65_536;
/** Vectors of one point in a field of several (`multi`). */
export const MULTI_VECTORS_MAX = 4_096;
/** Links per row and upper level. */
export const M_MIN = 2;
export const M_MAX = 256;
/** Width of the beam while linking. */
export const EF_CONSTRUCTION_MAX = 4_096;
/** Threads that link one index. */
export const THREADS_MAX = 64;
/** Bytes of one arena: what 32-bit addresses reach, less a page, so that no end of a row is address 2^32. */
export const ARENA_BYTES_MAX: number = 65_535 * 65_536;
/** Rows a linker claims at once: few enough that all threads finish together. */
export const CLAIM_ROWS = 32;
/** A row that outlived this many linkers is quarantined. */
export const ROW_STRIKES_MAX = 2;
/** A linker that stays on one row for longer is taken for hung. A row takes about 0.2 ms. */
export const LINK_TIMEOUT_MS = 10_000;
/** How long the calling thread links at a time in one-thread mode. */
export const SLICE_MS = 4;
/** Fewer pending rows than this are linked by the calling thread of `flushSync` alone. */
export const ALONE_ROWS = 64;
/** Width of the search beam; larger searches are answered exactly. */
export const EF_MAX = 16_384;
/** From so many rows on the origin of an arena's codes is settled, by the mean of a sample of so many. */
export const ORIGIN_FROM = 1_000;
export const ORIGIN_SAMPLE = 256;
/** Bytes of UTF-8 in a string id, and in the name of a collection. An id is a key of the store: LMDB takes 1,978. */
export const ID_BYTES_MAX = 1_024;
export const NAME_BYTES_MAX = 255;
/** Collections of fewer points are searched exactly: that is as fast as a walk of the graph. */
export const GRAPH_MIN_ROWS = 1_000;
/** Nesting of a payload, and the bytes of one once stored. */
export const PAYLOAD_DEPTH_MAX = 64;
export const PAYLOAD_BYTES_MAX = 16_777_216;
/** Letters of a path into payloads; its steps are as many as a payload has levels. */
export const PATH_LETTERS_MAX = 65_536;
/** Filters within filters. */
export const FILTER_DEPTH_MAX = 64;
/** Conditions of a filter, at whatever depth. */
export const FILTER_CONDITIONS_MAX = 10_000;
/** Corners of a polygon, with those of its holes: a place is compared with the edges at its latitude, at worst with all, 1 to 7 ns each. */
export const POLYGON_POINTS_MAX = 10_000;
/** Points of a batch of `ingest`, and the bytes at which it is written, however few points there are. */
export const INGEST_BATCH_POINTS = 100_000;
export const INGEST_BATCH_BYTES = 67_108_864;
/** Rejected points that the summary of an ingest lists; all are counted. */
export const REJECTIONS_KEPT = 10_000;
/** Points that one commit of a deletion by filter takes out; it makes as many commits as it needs. */
export const DELETION_POINTS = 10_000;
/**
 * Bytes of the payloads that one entry of patches may make: they are in memory until they are committed. A write by filter
 * makes another commit before it comes to so many.
 */
export const PATCHED_BYTES_MAX = 268_435_456;
/** Operations of a batch: each is an entry of its own. Of points and bytes they may have together what one call may. */
export const OPERATIONS_MAX = 1_000;
/** Those of them that have a filter or a condition: each looks at all that those before it changed, while all writes wait. */
export const FILTERED_OPERATIONS_MAX = 100;
/** Points and bytes that one `upsert` copies and checks in one turn: some tenths of a second. Larger ones: `ingest`. */
export const WRITE_POINTS_MAX = 100_000;
export const WRITE_BYTES_MAX = 268_435_456;
/** Bytes of writes that go into one transaction together, unless a single one is larger. */
export const GROUP_BYTES = 67_108_864;
/**
 * Bytes that the writes of a database may hold while they wait for their commit: with `backpressure: 'error'`, and in
 * any case. A write is let in where nothing waits, however large.
 */
export const QUEUE_BYTES_MAX = 268_435_456;
export const WAITING_BYTES_MAX = 1_073_741_824;
/** What a call takes that waits, beside its points: promises, closures, views of what was copied (3.4 kB as measured). */
export const CALL_BYTES = 4_096;
/**
 * Rows that were replaced or deleted: compaction does not begin by itself before there are so many, since a new index
 * costs more than they do; and so many are borne however few points there are. Writes wait from half of that on.
 */
export const COMPACTION_ROWS = 1_000;
export const MASKED_ROWS_BORNE = 2_000;
/**
 * Bytes that the batches of all ingests of a database, and the writes that wait there, may hold before an ingest writes
 * what it has gathered, and goes on one point at a time.
 */
export const INGESTS_BYTES = 134_217_728;
/**
 * Commits that a store remembers for those that follow it. Who follows looks every few milliseconds, and reads all anew
 * where it finds that so many were made meanwhile.
 */
export const LOG_COMMITS = 512;
/** Ids that one call of `getMany` or `delete` takes, and `has_id` of a filter. */
export const IDS_MAX = 100_000;
/** Characters of a text that is searched for. */
export const QUERY_TEXT_MAX = 10_000;
/** Points that a search returns, queries of a batch, and points that a batch returns. */
export const K_MAX = 100_000;
export const QUERIES_MAX = 10_000;
export const HITS_MAX = 1_000_000;
/** What a checked filter takes in memory, about. */
export const FILTER_BYTES_MAX = 33_554_432;
/** Prefetches within one another, and steps of a query, at whatever depth. */
export const QUERY_DEPTH_MAX = 8;
export const QUERY_STEPS_MAX = 256;
/** Examples of each kind that one step compares with. */
export const EXAMPLES_MAX = 1_000;
/** Points among which a diverse choice is made, and comparisons that it takes: of 1,000 components, some tenths of a second. */
export const MMR_CANDIDATES_MAX = 16_384;
export const MMR_COMPARISONS_MAX = 1_000_000;
/** Vectors of all these points together, where each has several: 128 components, half a second. */
export const MMR_VECTORS_MAX = 8_192;
/** Expressions within one another, and parts of a formula. */
export const EXPRESSION_DEPTH_MAX = 64;
export const EXPRESSION_PARTS_MAX = 1_000;
/** Values that a facet gives, and groups of a query with the points of each. */
export const FACET_VALUES_MAX = 100_000;
export const GROUPS_MAX = 10_000;
/** Points of a sample whose distances from one another are asked for. */
export const MATRIX_SAMPLE_MAX = 1_000;
