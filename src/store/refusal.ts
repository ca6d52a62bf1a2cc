/* Why a store did not do an operation of an entry: what it throws for the rest is for whole transactions. */
import { ValidationError } from '../base/errors.js';
import { RowFault } from './row.js';
import type { Refused } from './store.js';

/** Throws on what is another error. */
export function refusalOf(index: number, error: unknown): Refused {
  if (error instanceof ValidationError) {
    const code = error.code === 'LIMIT_EXCEEDED' ? error.code : 'INVALID_PAYLOAD';
    return { index, code, message: error.message };
  }
  if (error instanceof RowFault)
    return { index, code: 'ROW_UNREADABLE', message: `its payload cannot be read: ${error.message}` };
  throw error;
}
