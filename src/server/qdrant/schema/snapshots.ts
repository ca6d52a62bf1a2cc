/* What snapshots are asked with. */
import type { SnapshotRecover } from '../api/service.js';
import { type Schema, schemaOf, Type } from './schema.js';
import { maybe } from './values.js';

/** A SHA-256 in hexadecimal. */
const sha256 = Type.String({ pattern: '^[0-9a-fA-F]{64}$', description: 'A SHA-256 in hexadecimal' });
/** Of what a cluster would do with other copies: there are none. */
const priority = Type.Union([Type.Literal('no_sync'), Type.Literal('snapshot'), Type.Literal('replica')]);

export const RECOVER: Schema<SnapshotRecover> = schemaOf<SnapshotRecover>()(
  Type.Object({
    location: Type.String({ minLength: 1 }),
    priority: maybe(priority),
    checksum: maybe(sha256),
    api_key: maybe(Type.String()),
  }),
);

export interface UploadParams {
  wait?: boolean;
  priority?: 'no_sync' | 'snapshot' | 'replica';
  checksum?: string;
}

export const UPLOAD: Schema<UploadParams> = schemaOf<UploadParams>()(
  Type.Object({
    wait: Type.Optional(Type.Boolean()),
    priority: Type.Optional(priority),
    checksum: Type.Optional(sha256),
  }),
);
