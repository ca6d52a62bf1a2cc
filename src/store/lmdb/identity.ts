/* What a store is: a record of its format's version, and of a name that no other store has. */
import { SiltError } from '../../base/errors.js';
import { IDENTITY } from '../records.js';
import { syncStoreName } from './directory.js';
import { parseRecord, recordKey, recordValue, type Tables } from './tables.js';
import { updateRecord } from './update.js';

/** Raised whenever a table, a key or the meaning of a stored byte changes. */
export const STORE_VERSION = 5;
/** The oldest version that is read. */
const STORE_VERSION_MIN = 1;
/** The oldest version that is read while another process may be writing it. */
export const STORE_FOLLOWED_MIN = 3;
/** The last version whose rows have another form: they are rewritten after opening. */
export const OLD_ROWS_VERSION = 1;

export interface Identity {
  readonly version: number;
  readonly uuid: string;
}

/** Reads what the store is, or writes it into a new one. */
export function identify(tables: Tables, path: string): Identity {
  const key = recordKey(IDENTITY);
  const read = (): Identity | undefined => parseRecord<Identity>(key, tables.records.getBinary(key));
  const found = read() ?? newIdentity(tables, path);
  if (!(found.version >= STORE_VERSION_MIN && found.version <= STORE_VERSION))
    throw new SiltError(
      'DATABASE_INVALID',
      `${path} has format version ${found.version}, and this release reads ${STORE_VERSION_MIN} to ${STORE_VERSION}${found.version > STORE_VERSION ? ': it was written by a newer release; upgrade silt' : ''}`,
    );
  return found;
}

/**
 * Unless another opener was faster. The record says as well that the file is on the disk with its name: whoever finds
 * it need not see to that again.
 */
function newIdentity(tables: Tables, path: string): Identity {
  syncStoreName(path);
  let identity: Identity = { version: STORE_VERSION, uuid: globalThis.crypto.randomUUID() };
  updateRecord(tables, IDENTITY, (value) => {
    const other = parseRecord<Identity>(recordKey(IDENTITY), value);
    if (other === undefined) return recordValue(identity);
    identity = other;
    return 'kept';
  });
  return identity;
}
