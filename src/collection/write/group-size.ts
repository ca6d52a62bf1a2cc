/* How much goes into one transaction: the writes of a group are in memory together until it is committed. */
import { GROUP_BYTES } from '../../base/limits.js';
import type { Draft, LiveIndex } from '../live-index.js';
import { bytesOf } from './points.js';

/** Rows that one transaction takes: more gain nothing, and the first of them would wait for the last. */
const ROWS = 10_000;
/** Calls that one transaction takes, and that are told of it in one turn: what a call costs by itself adds up. */
const CALLS = 1_000;

export class GroupSize {
  #rows = 0;
  #calls = 0;
  #bytes = 0;
  /** By collection: bytes of payloads that the writes of the group have given to points so far. */
  readonly #given = new Map<LiveIndex, number>();

  /** Whether a write goes into the group as well. The first always does, however large it is. */
  fits(target: LiveIndex, drafts: readonly Draft[]): boolean {
    if (this.#calls === 0) return true;
    const { rows, bytes } = this.#of(target, drafts);
    return this.#calls < CALLS && this.#rows + rows <= ROWS && this.#bytes + bytes <= GROUP_BYTES;
  }

  /** `asked`: of points that it passes over as well, since it looked at them; `made`: what it turned out to write. */
  add(target: LiveIndex, asked: readonly Draft[], made: readonly Draft[]): void {
    const most = this.#of(target, asked);
    const { rows, bytes } = this.#of(target, made);
    this.#calls++;
    this.#rows += Math.max(most.rows, rows);
    this.#bytes += Math.max(most.bytes, bytes);
    let given = this.#given.get(target) ?? 0;
    for (const { kind, count, payloads } of made) given += payloads.length * (kind === 'patch' ? count : 1);
    this.#given.set(target, given);
  }

  #of(target: LiveIndex, drafts: readonly Draft[]): { readonly rows: number; readonly bytes: number } {
    // A patch may be of points that the group has written: it makes each of their payloads once more.
    const given = this.#given.get(target) ?? 0;
    let rows = 0;
    let bytes = 0;
    for (const draft of drafts) {
      rows += draft.count;
      bytes += bytesOf(draft) + (draft.kind === 'patch' ? given : 0);
    }
    return { rows, bytes };
  }
}
