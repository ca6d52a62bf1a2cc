/*
 * The shape of an arena: which codes its rows get, how large a block is, where each section and each thread's
 * scratch begin. Computed once; written into the descriptor, from which kernels read it.
 */
import * as L from './layout.js';
import type { ScratchLayout } from './scratch.js';

export interface ArenaShape {
  readonly dimension: number;
  /** One of the metric constants of layout.ts. */
  readonly metric: number;
  readonly m: number;
  readonly efConstruction: number;
  readonly seed: number;
  /** Linker threads; scratch is laid out for one more, the calling thread. */
  readonly threads: number;
  /** Threads that scan beside them, default 0. */
  readonly searchers?: number;
  /** Most bytes the arena may grow to, a multiple of 64 KiB. */
  readonly maxBytes: number;
  /** Whether blocks hold float32 vectors, default true. Codes that are floats or bits need no others. */
  readonly keepVectors?: boolean;
  /** Overrides the choice of `codeKindFor`; for measurements and tests. */
  readonly codeKind?: number;
}

export interface Geometry {
  readonly dimension: number;
  readonly metric: number;
  readonly codeKind: number;
  /** Bytes of a code by which equal vectors are known: with its numbers. Whether it is all that the metric sees: then without. */
  readonly codeBytes: number;
  readonly bits: boolean;
  /** Most rows. */
  readonly capacity: number;
  readonly blockRows: number;
  readonly blockBytes: number;
  /** What a block consists of, one after another: `perRow` bytes a row, or `bytes` in all whatever its rows. */
  readonly sections: readonly Section[];
  /** First byte behind scratch and queue. */
  readonly blocks: number;
  readonly scratch: ScratchLayout;
  /** Offset of the numbers of a code. */
  readonly trailer: number;
  /** Of the origin of the codes. */
  readonly originBytes: number;
  /** Whether blocks hold float32 vectors. */
  readonly keepsVectors: boolean;
  /** The descriptor, as 32-bit words to be written at DESC. */
  readonly descriptor: Uint32Array;
}

export interface Section {
  /** Offset in the block. */
  readonly at: number;
  readonly bytes: number;
  /** 0: the section is not divided by rows. */
  readonly perRow: number;
}

const align = (bytes: number, to: number): number => Math.ceil(bytes / to) * to;

/** 4-bit codes from this dimension on: below, their error shows in recall and they save no cache line. */
const INT4_FROM = 64;
/** Up to here a row of float32 is two cache lines, and codes would only lose precision. */
const FLOAT_UP_TO = 32;
/** The accumulator of the 4-bit kernel holds no more; see asm/int4.ts. */
const INT4_UP_TO = 4_096;

export function codeKindFor(dimension: number, metric: number): number {
  if (metric === L.HAMMING || metric === L.JACCARD) return L.CODE_BITS;
  // What codes estimate is an inner product, which says nothing of a sum of magnitudes.
  if (dimension <= FLOAT_UP_TO || metric === L.MANHATTAN) return L.CODE_FLOAT;
  return dimension >= INT4_FROM && dimension <= INT4_UP_TO ? L.CODE_INT4 : L.CODE_INT8;
}

function codeBytesFor(kind: number, dimension: number): number {
  if (kind === L.CODE_FLOAT) return 0;
  if (kind === L.CODE_BITS) return align(Math.ceil(dimension / 8), 16);
  if (kind === L.CODE_INT8) return dimension;
  return Math.floor(dimension / 32) * 16 + Math.ceil((dimension % 32) / 4) * 2;
}

/** Codes of many dimensions get a first look at 192 of them: with the row's numbers, two cache lines. */
const GLANCE_FROM = 384;
const GLANCE_BYTES = 96;

function glanceBytesFor(kind: number, dimension: number, metric: number): number {
  return kind === L.CODE_INT4 && metric !== L.DOT && dimension >= GLANCE_FROM ? GLANCE_BYTES : 0;
}

/** Rows start on cache lines, so that a row touches as few as it can. */
function strideFor(bytes: number): number {
  if (bytes === 0) return 0;
  return bytes <= 32 ? 32 : align(bytes, 64);
}

/** Mean of geometric levels plus six standard deviations: a block short of upper lists is a one in 10^9 case. */
function upperSlotsFor(blockRows: number, m: number): number {
  const mean = blockRows / (m - 1);
  const deviation = Math.sqrt((blockRows * m) / (m - 1) ** 2);
  return Math.ceil(mean + 6 * deviation + 8);
}

/** Bytes of the numbers that go with a code. */
function numberBytesFor(kind: number, glance: number): number {
  if (kind === L.CODE_FLOAT) return 0;
  if (kind === L.CODE_BITS) return 4;
  return kind === L.CODE_INT8 || glance ? 16 : 12;
}

/** Bits alone, which their number follows from; other codes with their numbers. */
function wholeCodeBytes(words: Uint32Array, kind: number): number {
  const bytes = words[L.D_CODE_BYTES / 4]!;
  return kind === L.CODE_BITS ? bytes : align(bytes, 4) + numberBytesFor(kind, words[L.D_GLANCE / 4]!);
}

/** A code and the numbers that go with it; fills their words of the descriptor. */
function layCode(words: Uint32Array, kind: number, dimension: number, metric: number): void {
  const codeBytes = codeBytesFor(kind, dimension);
  const glance = glanceBytesFor(kind, dimension, metric);
  const numbers = numberBytesFor(kind, glance);
  words[L.D_GLANCE / 4] = glance;
  words[L.D_CODE_BYTES / 4] = codeBytes;
  // Where a first look needs them, the numbers come first, on the cache lines that it reads anyway.
  words[L.D_TRAILER / 4] = glance ? 0 : align(codeBytes, 4);
  words[L.D_CODE_DATA / 4] = glance ? numbers : 0;
  words[L.D_CODE_STRIDE / 4] = strideFor(align(codeBytes, 4) + numbers);
}

/** Sections of one block, each on a cache line; fills their words of the descriptor. */
function layBlock(
  words: Uint32Array,
  blockRows: number,
  m: number,
  upperSlots: number,
  vectorBytes: number,
): { blockBytes: number; sections: Section[] } {
  let at = 0;
  const sections: Section[] = [];
  const section = (field: number, bytes: number, perRow: number): void => {
    words[field / 4] = at;
    if (bytes > 0) sections.push({ at, bytes, perRow });
    at = align(at + bytes, 64);
  };
  const byRow = (field: number, perRow: number): void => section(field, blockRows * perRow, perRow);
  byRow(L.D_SEC_CODES, words[L.D_CODE_STRIDE / 4]!);
  byRow(L.D_SEC_LINKS, 8 * m);
  section(L.D_SEC_UPPER, upperSlots * 4 * m, 0);
  byRow(L.D_SEC_VECTORS, vectorBytes);
  byRow(L.D_SEC_IDS, 8);
  byRow(L.D_SEC_LOCKS, 4);
  byRow(L.D_SEC_NORMS, 4);
  byRow(L.D_SEC_UPPER_SLOT, 2);
  byRow(L.D_SEC_LEVELS, 1);
  byRow(L.D_SEC_STATES, 1);
  return { blockBytes: at, sections };
}

/** Scratch of each thread, from `from` on; fills its words of the descriptor. */
function layScratch(
  words: Uint32Array,
  dimension: number,
  m: number,
  capacity: number,
  from: number,
): ScratchLayout {
  const floats = align(dimension * 4, 64) + 64;
  const query = align(dimension, 32) * 2 + 64 + L.Q_DATA;
  // Rows looked at together: four lists of links; two and what lies behind them (asm/admitted.ts); two batches of a scan.
  const most = 8 * m + 160;
  let at = 128; // words of layout.ts, S_*; the query keeps its norm in front of it
  const part = (field: number, bytes: number): void => {
    words[field / 4] = at;
    at = align(at + bytes, 64);
  };
  part(L.D_S_QUERY, floats);
  part(L.D_S_ROTATED, floats);
  part(L.D_S_RESIDUAL, floats);
  part(L.D_S_WALK_QUERY, query);
  part(L.D_S_PAIR_QUERY, query);
  part(L.D_S_BEAM, (L.LIST_MAX + most) * 8);
  part(L.D_S_FRESH, most * 8);
  part(L.D_S_RESULTS, (L.LIST_MAX + 2) * 8);
  part(L.D_S_ROWS, most * 4);
  part(L.D_S_KEYS, most * 4);
  part(L.D_S_CANDIDATES, (8 * m + L.OTHERS) * 4);
  part(L.D_S_VISITED, Math.ceil(capacity / 32) * 4);
  part(L.D_S_ADMITTED, Math.ceil(capacity / 32) * 4);
  return {
    at: from,
    bytes: align(at, 4096),
    dimension,
    capacity,
    query: words[L.D_S_QUERY / 4]!,
    walkQuery: words[L.D_S_WALK_QUERY / 4]!,
    beam: words[L.D_S_BEAM / 4]!,
    results: words[L.D_S_RESULTS / 4]!,
    visited: words[L.D_S_VISITED / 4]!,
    admitted: words[L.D_S_ADMITTED / 4]!,
  };
}

export function geometryOf(shape: ArenaShape): Geometry {
  const { dimension, metric, m, threads } = shape;
  const words = new Uint32Array(L.DESC_BYTES / 4);
  const codeKind = shape.codeKind ?? codeKindFor(dimension, metric);
  layCode(words, codeKind, dimension, metric);
  words[L.D_VECTOR_STRIDE / 4] = align(dimension * 4, 16);

  // About half a megabyte a block: small collections stay small, and growth is not felt.
  // Vectors that are the codes themselves are always there.
  const kept = shape.keepVectors !== false || codeKind === L.CODE_FLOAT;
  words[L.D_VECTORS_KEPT / 4] = kept ? 1 : 0;
  const vectorBytes = kept ? words[L.D_VECTOR_STRIDE / 4]! : 0;
  const rowBytes = words[L.D_CODE_STRIDE / 4]! + vectorBytes + 8 * m + 32;
  const shift = Math.min(10, Math.max(5, Math.floor(Math.log2(524_288 / rowBytes))));
  const blockRows = 1 << shift;
  const upperSlots = upperSlotsFor(blockRows, m);
  const { blockBytes, sections } = layBlock(words, blockRows, m, upperSlots, vectorBytes);

  // Scratch must hold a bit for every row and the queue a word, so both are laid out for the most there can be.
  const most = Math.min(Math.floor(shape.maxBytes / blockBytes) * blockRows, 1 << 30);
  const scratch = layScratch(words, dimension, m, most, align(L.FRONT + dimension * 4 + 64, 4096));
  const queue = scratch.at + (threads + 1 + (shape.searchers ?? 0)) * scratch.bytes;
  const blocks = align(queue + most * 4, 4096);
  const capacity = Math.min(Math.floor((shape.maxBytes - blocks) / blockBytes) * blockRows, 1 << 30);

  const set = (field: number, value: number): void => {
    words[field / 4] = value;
  };
  set(L.D_DIMENSION, dimension);
  set(L.D_METRIC, metric);
  set(L.D_CODE_KIND, codeKind);
  set(L.D_M, m);
  set(L.D_M0, 2 * m);
  set(L.D_EF_CONSTRUCTION, shape.efConstruction);
  set(L.D_SEED, shape.seed);
  set(L.D_CAPACITY, Math.max(0, capacity));
  set(L.D_BLOCKS, blocks);
  set(L.D_BLOCK_SHIFT, shift);
  set(L.D_BLOCK_BYTES, blockBytes);
  set(L.D_UPPER_SLOTS, upperSlots);
  set(L.D_QUEUE, queue);
  set(L.D_ORIGIN, L.FRONT);
  if (metric === L.COSINE) new Float32Array(words.buffer)[L.D_ORIGIN_BASE / 4] = 1;
  words.fill(0xffffffff, L.D_ENTRY / 4, L.D_ENTRY / 4 + 2);
  return {
    dimension,
    metric,
    codeKind,
    codeBytes: wholeCodeBytes(words, codeKind),
    bits: codeKind === L.CODE_BITS,
    capacity,
    blockRows,
    blockBytes,
    sections,
    blocks,
    scratch,
    trailer: words[L.D_TRAILER / 4]!,
    originBytes: 4 * dimension,
    keepsVectors: kept,
    descriptor: words,
  };
}
