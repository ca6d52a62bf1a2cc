/*
 * What the operations of a batch write and hold together. They are one commit, which is in memory as a whole; so limits are of
 * all of them, and are looked at operation by operation: before the next is copied, or decided.
 */
import { atMost } from '../../base/checks.js';
import {
  FILTER_BYTES_MAX,
  FILTERED_OPERATIONS_MAX,
  IDS_MAX,
  PATCHED_BYTES_MAX,
  WRITE_BYTES_MAX,
  WRITE_POINTS_MAX,
} from '../../base/limits.js';
import type { Draft } from '../live-index.js';
import type { CheckedFilter } from '../read/filters.js';
import { bytesOf } from './points.js';

const INSTEAD = 'What is committed together is limited: make several batches, or use the calls themselves';

export class Totals {
  #points = 0;
  #named = 0;
  #rewritten = 0;
  #filtered = 0;
  #filterBytes = 0;
  /** Bytes that were copied. */
  bytes = 0;

  /** @throws ValidationError LIMIT_EXCEEDED */
  add(draft: Draft): void {
    const { rewritten = 0 } = draft;
    if (draft.kind === 'put') this.#points += draft.count;
    else this.#named += draft.count;
    this.bytes += bytesOf(draft) - rewritten;
    this.#rewritten += rewritten;
    atMost('points written by a batch', this.#points, WRITE_POINTS_MAX, INSTEAD);
    atMost('points deleted and changed by a batch', this.#named, IDS_MAX, INSTEAD);
    atMost('bytes of a batch', this.bytes, WRITE_BYTES_MAX, INSTEAD);
    atMost('bytes of payloads changed by a batch', this.#rewritten, PATCHED_BYTES_MAX, INSTEAD);
  }

  /**
   * One more operation that goes by a filter, its condition if it has one.
   *
   * @throws ValidationError LIMIT_EXCEEDED
   */
  addFilter({ key }: CheckedFilter): void {
    this.#filtered++;
    this.#filterBytes += key.bytes;
    atMost('operations of a batch that have a filter', this.#filtered, FILTERED_OPERATIONS_MAX, INSTEAD);
    atMost('bytes of the filters of a batch, about', this.#filterBytes, FILTER_BYTES_MAX, INSTEAD);
  }
}
