/* What a collection should hold: a Map of id → vector, version and payload, its payload indexes, and brute force. */
import type { Filter } from '#silt/api/filter.js';
import type { IndexKind, PointId, WriteMode } from '#silt/index.js';
import { matchesFilter } from '../support/filter-oracle.js';
import type { Rows } from '../support/index.js';
import { type Change, patchedBy } from '../support/patched.js';

/** `version`, and what filters ask about. */
type Payload = { readonly version: number; readonly [key: string]: unknown };

interface Row {
  readonly vector: Float32Array;
  /** That of the payload; none where it was cleared. */
  readonly version: number | undefined;
  readonly payload: Readonly<Record<string, unknown>> | undefined;
}

export interface Drafted {
  readonly id: PointId;
  readonly vector: Float32Array;
  readonly payload: Payload;
}

export class CollectionModel {
  readonly rows: Map<PointId, Row> = new Map();
  readonly indexes: Map<string, IndexKind> = new Map();

  get plain(): Rows {
    return new Map([...this.rows].map(([id, { vector }]) => [id, vector])) as Rows;
  }

  /** Changes the payloads of points, of each once; of how many, since they are there. */
  patch(ids: readonly PointId[], change: Change): number {
    const there = [...new Set(ids)].filter((id) => this.rows.has(id));
    for (const id of there) {
      const row = this.rows.get(id)!;
      const payload = patchedBy(row.payload, change);
      this.rows.set(id, { ...row, payload, version: payload?.['version'] as number | undefined });
    }
    return there.length;
  }

  /** Writes points that `mode` and `condition` let through; of an id that comes twice the last. The ids of the others. */
  write(
    batch: readonly Drafted[],
    { mode = 'upsert', condition = {} }: { readonly mode?: WriteMode; readonly condition?: Filter } = {},
  ): { readonly inserted: number; readonly replaced: number; readonly passed: readonly PointId[] } {
    const sum = { inserted: 0, replaced: 0, passed: [] as PointId[] };
    for (const { id, vector, payload } of new Map(batch.map((point) => [point.id, point])).values()) {
      const row = this.rows.get(id);
      const passed = row
        ? mode === 'insert' || !matchesFilter(condition, row.payload, id)
        : mode === 'update';
      if (passed) {
        sum.passed.push(id);
        continue;
      }
      sum[row ? 'replaced' : 'inserted']++;
      this.rows.set(id, { vector, version: payload.version, payload });
    }
    return sum;
  }

  matching(filter: Filter): PointId[] {
    return [...this.rows].filter(([id, { payload }]) => matchesFilter(filter, payload, id)).map(([id]) => id);
  }
}
