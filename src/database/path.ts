/* Paths of databases, as callers give them. */
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import type { Files } from '../platform/files.js';

function pathOfUrl(files: Files, url: URL): string {
  try {
    return files.pathOfUrl(url);
  } catch (cause) {
    throw new ValidationError(
      'INVALID_OPTION',
      `path must be a folder; ${url.href} is not one on this system`,
      {
        cause,
      },
    );
  }
}

/**
 * The absolute path. What users of other databases give for one in memory, or as an address, is an error, and no folder of
 * that name.
 */
export function checkPath(given: unknown, files: Files, what: 'folder' | 'file' = 'folder'): string {
  if (given instanceof URL) {
    if (given.protocol === 'file:') return pathOfUrl(files, given);
    throw new ValidationError(
      'INVALID_OPTION',
      `path must be a folder: a string, or a URL object of file:; got a URL of ${given.protocol}`,
    );
  }
  const orNone = what === 'file' ? '' : ', or be left out';
  const expected = `path must be a ${what} (a string, or a URL object of file:)${orNone}`;
  if (typeof given !== 'string' || given.length === 0) {
    const why = what === 'file' ? '' : ' for a database in memory';
    throw new ValidationError('INVALID_OPTION', `${expected}${why}; got ${show(given)}`);
  }
  if (given === ':memory:')
    throw new ValidationError(
      'INVALID_OPTION',
      'got the path ":memory:". Leave the path out for a database in memory: open()',
    );
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given) || given.startsWith('file:'))
    throw new ValidationError(
      'INVALID_OPTION',
      `${expected}; got ${show(given)}. Give new URL(…) for an address of file:, or the path of a folder`,
    );
  if (given.includes('\0'))
    throw new ValidationError('INVALID_OPTION', `${expected}; got a string with a zero byte in it`);
  return files.absolute(given);
}
