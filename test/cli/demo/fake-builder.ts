/* A builder without a graph, and vectors to stream through it. */
import type { Glove } from '#silt/cli/demo/glove-rows.js';
import { splitRows } from '#silt/cli/demo/sample.js';
import { type StreamState, type StreamTarget, streamRows } from '#silt/cli/demo/stream.js';

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

/** A builder whose builds take a turn and link everything; searches are exact. */
export class FakeBuilder implements StreamTarget {
  readonly rows: [number, Float32Array][] = [];
  readonly mergeThreshold = 1000;
  mostBuffered = 0;
  isBuilding = false;
  failure: Error | undefined;
  linksNothing = false;
  #linked = 0;

  get bufferLength(): number {
    return this.rows.length - this.#linked;
  }
  enqueue(rows: readonly [number, Float32Array][]): boolean {
    this.rows.push(...rows);
    this.mostBuffered = Math.max(this.mostBuffered, this.bufferLength);
    return this.bufferLength >= this.mergeThreshold;
  }
  async triggerBuildAsync(): Promise<void> {
    const until = this.rows.length;
    this.isBuilding = true;
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.isBuilding = false;
    if (this.failure) throw this.failure;
    if (!this.linksNothing) this.#linked = until;
  }
  search(query: Float32Array, k: number): [number, number][] {
    const scored = this.rows.map(([id, v]): [number, number] => [
      id,
      v.reduce((s, x, i) => s + x * query[i]!, 0),
    ]);
    return scored.sort((a, b) => b[1] - a[1]).slice(0, k);
  }
}

export function run(
  builder: FakeBuilder,
  rows: number,
  onTurn: (state: StreamState) => void = () => {},
  signal?: AbortSignal,
): Promise<StreamState> {
  const glove = unitGlove(rows + 50);
  const { streamed, heldOut } = splitRows(rows + 50, rows, 50, new Set());
  return streamRows(builder, {
    glove,
    streamed,
    heldOut,
    onTurn,
    signal: signal ?? new AbortController().signal,
  });
}

function unitGlove(rows: number): Glove {
  const glove = gloveOf(rows);
  for (let row = 0; row < rows; row++) {
    const vector = glove.vectors.subarray(row * DIMENSION, (row + 1) * DIMENSION);
    const length = Math.hypot(...vector);
    for (let i = 0; i < DIMENSION; i++) vector[i] = vector[i]! / length;
  }
  return glove;
}
