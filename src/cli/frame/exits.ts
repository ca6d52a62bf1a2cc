/* Exit codes: the one table of them. docs/CLI.md lists it, and errors find their code here. */

export type Exit =
  | 'OK'
  | 'FAILED'
  | 'USAGE'
  | 'NOT_FOUND'
  | 'IN_USE'
  | 'DAMAGED'
  | 'EXISTS'
  | 'SYSTEM'
  | 'INPUT'
  | 'INTERRUPTED';

export const EXITS: Readonly<Record<Exit, readonly [code: number, when: string]>> = {
  OK: [0, 'It was done, or who reads the output has left (`| head`). For `verify`: nothing is wrong.'],
  FAILED: [1, 'It failed for a reason that has no code of its own; the message says why.'],
  USAGE: [2, 'What was typed is wrong: a command, an option, a filter, an id. Nothing was done.'],
  NOT_FOUND: [3, 'There is no such database, collection, point or file.'],
  IN_USE: [4, 'Another process holds the database, and this command has to write it.'],
  DAMAGED: [5, 'Stored bytes are damaged, or a file is not what it must be. `verify`: faults were found.'],
  EXISTS: [6, 'Something is in the way: a collection of this name, a file or a folder.'],
  SYSTEM: [7, 'The system refuses: no space, no permission, a failing disk.'],
  INPUT: [8, 'The file that is read has lines or rows that cannot be taken.'],
  INTERRUPTED: [130, 'Ctrl+C ended it (SIGTERM: 143). What was written is there.'],
};

const BY_ERROR: Readonly<Record<string, Exit>> = {
  INVALID_OPTION: 'USAGE',
  INVALID_VECTOR: 'USAGE',
  INVALID_ID: 'USAGE',
  INVALID_FILTER: 'USAGE',
  INVALID_QUERY: 'USAGE',
  INVALID_NAME: 'USAGE',
  INVALID_PAYLOAD: 'USAGE',
  LIMIT_EXCEEDED: 'USAGE',
  COLLECTION_NOT_FOUND: 'NOT_FOUND',
  POINT_NOT_FOUND: 'NOT_FOUND',
  ENOENT: 'NOT_FOUND',
  DATABASE_LOCKED: 'IN_USE',
  READERS_FULL: 'IN_USE',
  DATABASE_INVALID: 'DAMAGED',
  ROW_UNREADABLE: 'DAMAGED',
  SNAPSHOT_INVALID: 'DAMAGED',
  COLLECTION_EXISTS: 'EXISTS',
  EEXIST: 'EXISTS',
  DISK_FULL: 'SYSTEM',
  STORE_FAILED: 'SYSTEM',
  DATABASE_INACCESSIBLE: 'SYSTEM',
  EACCES: 'SYSTEM',
  EPERM: 'SYSTEM',
  EROFS: 'SYSTEM',
  ENOSPC: 'SYSTEM',
};

/** The exit of an error, by its code. */
export function exitOf(code: string): Exit {
  return (Object.hasOwn(BY_ERROR, code) ? BY_ERROR[code] : undefined) ?? 'FAILED';
}

/** What a command itself finds wrong. */
export class CommandError extends Error {
  readonly exit: Exit;

  constructor(exit: Exit, message: string) {
    super(message);
    this.exit = exit;
  }
}

/** A signal ended the command; the database is closed by then. */
export class Interrupted extends Error {
  readonly code: 130 | 143;

  constructor(signal: 'SIGINT' | 'SIGTERM') {
    super(`${signal}: ended`);
    this.code = signal === 'SIGINT' ? 130 : 143;
  }
}
