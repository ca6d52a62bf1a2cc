/*
 * Rows on their way from a commit into the arenas: written there while the disk works, published in the step that
 * follows. Where writing them failed, they are written in that step, since by then they are committed.
 *
 * Only the write queue uses it, one group at a time.
 */
import { inSlices } from '../../base/slices.js';
import type { StagedRows } from '../../hnsw/engine.js';
import type { VectorLike } from '../../kernel/metrics.js';
import { decodePayload } from '../../store/payload.js';
import { type Chunk, partOf, vectorAt } from '../../store/store.js';
import type { LiveIndex } from '../live-index.js';

/** Components coded at a stretch: a millisecond or two. */
const STAGE_COMPONENTS = 50_000;

interface NewRow {
  readonly number: number;
  readonly vector: VectorLike;
  readonly payload: Uint8Array;
}

function* rowsOf(chunks: readonly Chunk[]): Generator<NewRow> {
  for (const chunk of chunks) {
    if (chunk.kind !== 'put') continue;
    for (let i = 0; i < chunk.count; i++) {
      const payload = partOf(chunk.payloads, chunk.payloadEnds, i);
      yield { number: chunk.first + i, vector: vectorAt(chunk, i), payload };
    }
  }
}

export class Staging {
  readonly #live: LiveIndex;
  #staged: StagedRows[number][] = [];
  #failed = false;

  constructor(live: LiveIndex) {
    this.#live = live;
  }

  /** Writes rows behind those that are published, some at a time; nobody sees them yet. Never rejects. */
  async stage(chunks: readonly Chunk[]): Promise<void> {
    try {
      await this.#stage(chunks);
    } catch {
      this.#failed = true;
    }
  }

  async #stage(chunks: readonly Chunk[]): Promise<void> {
    const live = this.#live;
    const { slots, payloadIndexes } = live;
    const atOnce = Math.ceil(STAGE_COMPONENTS / live.config.dimension);
    for await (const some of inSlices(rowsOf(chunks), atOnce)) {
      const first = slots + this.#staged.length;
      const pairs = some.map(({ number, vector }) => [number, vector] as const);
      this.#staged.push(...live.engine.stage(pairs, this.#staged.length));
      if (payloadIndexes.size === 0) continue;
      for (const [i, { payload }] of some.entries()) payloadIndexes.add(first + i, decodePayload(payload));
    }
  }

  /**
   * Readers of the arenas see the rows from here on. Where that throws, a second call goes on from the first row that
   * was not published.
   */
  publish(chunks: readonly Chunk[]): void {
    if (this.#failed) {
      this.#takeUp(chunks);
      return;
    }
    this.#failed = true;
    this.#live.engine.publish(this.#staged);
    this.#failed = false;
    this.#staged = [];
  }

  #takeUp(chunks: readonly Chunk[]): void {
    this.forget();
    this.#failed = true;
    const known = this.#live.lastRow;
    const rows = Array.from(rowsOf(chunks), ({ number, vector }) => [number, vector] as const);
    this.#live.engine.append(rows.filter(([number]) => number > known));
    this.#failed = false;
  }

  /** What is staged is as if it had never been. Payload indexes that failed begin anew, in the background. */
  forget(): void {
    const { payloadIndexes, slots } = this.#live;
    if (this.#failed) payloadIndexes.reset();
    else payloadIndexes.forget(slots);
    this.#staged = [];
    this.#failed = false;
  }
}
