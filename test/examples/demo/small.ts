/* Few vectors, and a collection in memory to stream them into. */
import type { Glove } from '#silt/examples/demo/glove-rows.js';
import { splitRows } from '#silt/examples/demo/sample.js';
import { type StreamState, type StreamTarget, streamRows } from '#silt/examples/demo/stream.js';
import { type Collection, open } from '#silt/index.js';

export const DIMENSION = 4;

export function gloveOf(rows: number): Glove {
  const words = Array.from({ length: rows }, (_, row) => `w${row}`);
  const vectors = Float32Array.from({ length: rows * DIMENSION }, (_, i) => Math.sin(1 + i * 1.7));
  return {
    words,
    vectors,
    dimension: DIMENSION,
    leftOut: { duplicate: 0, wrongLength: 0, notFinite: 0, zero: 0 },
  };
}

export async function withWords<T>(use: (words: Collection) => Promise<T>): Promise<T> {
  const db = await open();
  try {
    return await use(await db.createCollection('words', { dimension: DIMENSION, metric: 'cosine' }));
  } finally {
    await db.close();
  }
}

/** The collection, with some of its functions replaced. */
export function targetOf(words: Collection, replaced: Partial<StreamTarget>): StreamTarget {
  return {
    upsert: words.upsert.bind(words),
    ingest: words.ingest.bind(words),
    buildNow: words.buildNow.bind(words),
    search: words.search.bind(words),
    status: words.status.bind(words),
    ...replaced,
  };
}

export function run(
  target: StreamTarget,
  rows: number,
  onTurn: (state: StreamState) => void = () => {},
  signal?: AbortSignal,
): Promise<StreamState> {
  const { streamed, heldOut } = splitRows(rows + 50, rows, 50, new Set());
  return streamRows(target, {
    glove: gloveOf(rows + 50),
    rows: streamed,
    heldOut,
    onTurn,
    signal: signal ?? new AbortController().signal,
  });
}
