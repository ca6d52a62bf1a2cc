/* Request bodies, from bytes to values. Their size is checked as they are collected (collect.ts), and as they are decompressed (decoding.ts). */
import { isUtf8 } from 'node:buffer';
import { formatError } from '../qdrant/errors.js';
import { deeperThan, parse } from './json.js';

/** How deeply JSON may be nested; Qdrant's limit as well. Recursive code would run out of stack on deeper values. */
const DEPTH_MAX = 128;

/** From this size on, the depth is checked before parsing: as arrays, brackets take fifty times the memory. */
const LOOKED_THROUGH_FROM = 1024 ** 2;

/** Parses JSON; undefined for an empty body. @throws QdrantError 400 */
export function jsonOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw formatError('the text is not UTF-8');
  if (bytes.length >= LOOKED_THROUGH_FROM && deeperThan(bytes, DEPTH_MAX))
    throw formatError('recursion limit exceeded');
  try {
    return parse(bytes.toString(), DEPTH_MAX);
  } catch (error) {
    throw formatError((error as Error).message.slice(0, 200));
  }
}
