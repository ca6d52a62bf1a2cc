/* How writes are acknowledged. */
import type { WriteOptions, WriteReceipt } from '../../api/writing.js';
import type { UpdateResult, WriteParams } from './api/values.js';

/**
 * Without `wait`, Qdrant answers before the write is done. Here it is done either way, and survives the end of the process;
 * with `wait` it is flushed to the disk as well.
 */
export const writingIn = ({ wait }: WriteParams): WriteOptions => ({
  durability: wait ? 'flushed' : 'committed',
});

export const updateOut = ({ wait }: WriteParams, { seq }: Pick<WriteReceipt, 'seq'>): UpdateResult => ({
  operation_id: seq,
  status: wait ? 'completed' : 'acknowledged',
});
