/*
 * What a collection is like: its configuration and its payload indexes, as `silt info --json` prints them. Files of Parquet and Arrow carry it
 * as metadata; for the others it is given beside them.
 */
import type { CollectionConfig, ResolvedConfig } from '../../api/config.js';
import type { CollectionInfo, PayloadIndexInfo } from '../../api/upkeep.js';
import { isRecord } from '../../base/checks.js';
import { CommandError } from '../frame/exits.js';

/** Of the metadata. */
export const DESCRIPTION = 'silt';

export interface Description {
  readonly config: CollectionConfig;
  readonly payloadIndexes: readonly Pick<PayloadIndexInfo, 'path' | 'kind'>[];
}

export function descriptionOf({ config, payloadIndexes }: CollectionInfo): string {
  return JSON.stringify({ config, payloadIndexes: payloadIndexes.map(({ path, kind }) => ({ path, kind })) });
}

/** As a configuration is given: what stands for no unnamed field is left out, and how many threads another machine had. */
export function givenOf(config: Partial<ResolvedConfig>): CollectionConfig {
  const { dimension, metric, storage, hnsw, vectors, indexing, ...rest } = config;
  const { threads: _, segmentCount: _2, ...kept } = indexing ?? {};
  return {
    ...rest,
    ...(dimension
      ? { dimension, metric, storage, hnsw, vectors }
      : typeof vectors === 'object' && { vectors }),
    ...(indexing && { indexing: kept }),
  } as CollectionConfig;
}

/** `value`: what was described, or a configuration alone. @throws CommandError USAGE. `from`: where it stands */
export function describedIn(value: unknown, from: string): Description {
  const { config = value, payloadIndexes = [] } = isRecord(value) ? value : {};
  const areIndexes =
    Array.isArray(payloadIndexes) &&
    payloadIndexes.every((one) => isRecord(one) && 'path' in one && 'kind' in one);
  if (!isRecord(config) || !areIndexes)
    throw new CommandError(
      'USAGE',
      `${from} is not a configuration, as silt info FOLDER COLLECTION --json prints it`,
    );
  return {
    config: givenOf(config as Partial<ResolvedConfig>),
    payloadIndexes: payloadIndexes.map(({ path, kind }) => ({ path, kind })),
  };
}

/** Points that have no vectors go into fields that need none. */
export function withoutVectors({ config, payloadIndexes }: Description): Description {
  const { text, indexing } = config;
  return { config: { ...(text && { text }), ...(indexing && { indexing }) }, payloadIndexes };
}
