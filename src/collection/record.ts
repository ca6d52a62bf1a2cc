/* What the store keeps of a collection, under its name. */
import type { CollectionConfig, ResolvedConfig } from '../api/config.js';
import type { RestoredInfo } from '../api/upkeep.js';
import { type FieldNumbers, numbersFor } from '../fields/field.js';

export interface CollectionRecord {
  readonly id: number;
  readonly config: CollectionConfig;
  readonly createdAt: number;
  /** Where it comes of a file. */
  readonly restored?: RestoredInfo | undefined;
  /** What was given beside the configuration: see own-note.ts. */
  readonly note?: unknown;
  /** Numbers of the named fields; without, there are none. */
  readonly fields?: FieldNumbers | undefined;
  /** How many numbers were given to fields, those of dropped ones among them; without, as many as there are in `fields`. */
  readonly fieldsEver?: number | undefined;
}

/** Where a collection comes from. */
export type Origin = Pick<CollectionRecord, 'createdAt' | 'restored' | 'note'>;

/** The numbers of the named fields of a new collection, where it has any. */
export function numbered(config: ResolvedConfig): Pick<CollectionRecord, 'fields'> {
  const fields = numbersFor(config);
  return Object.keys(fields).length === 0 ? {} : { fields };
}

/** How many numbers were given to named fields: from 1 on, without gaps. */
export function fieldsEver({
  fields = {},
  fieldsEver,
}: Pick<CollectionRecord, 'fields' | 'fieldsEver'>): number {
  return fieldsEver ?? Object.keys(fields).length;
}
