/* What a collection should hold: a Map of id → vector, version and payload, its payload indexes, and brute force. */
import type { Filter } from '#silt/api/filter.js';
import type { IndexKind, PointId } from '#silt/index.js';
import { matchesFilter } from '../support/filter-oracle.js';
import type { Rows } from '../support/index.js';

/** `version`, and what filters ask about. */
type Payload = { readonly version: number; readonly [key: string]: unknown };

interface Row {
  readonly vector: Float32Array;
  readonly version: number;
  readonly payload: Payload;
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

  matching(filter: Filter): PointId[] {
    return [...this.rows].filter(([id, { payload }]) => matchesFilter(filter, payload, id)).map(([id]) => id);
  }
}
