/* Apart from what throws it: the package exports it, and its import must not load the database. */
import { showId } from '../../base/checks.js';
import { SiltError } from '../../base/errors.js';
import type { PointId } from '../../base/ids.js';

/** The stored bytes of a point are damaged. Other points are not affected; writing or deleting it repairs it. */
export class RowUnreadableError extends SiltError {
  /** The id that was asked for. */
  readonly id: PointId;

  constructor(id: PointId, row: number, why: string) {
    super(
      'ROW_UNREADABLE',
      `point ${showId(id)} (row ${row}) cannot be read: ${why}. Other points are not affected; upsert it again or delete it`,
    );
    this.id = id;
  }
}
