/*
 * Patches: changes of payloads, as entries hold them. What one makes of a payload is decided by its bytes alone, so that
 * whoever applies the same patches in the same order gets the same payloads.
 *
 *   kind u8, bytes of the steps u32 (little-endian), steps as JSON, values as an encoded payload
 *
 * What a patch does where a path leads to nothing, or through something else, is what Qdrant does: a missing key is made
 * and whatever is in the way of one is replaced; a position that an array does not have is passed over; null as a value
 * takes the key out.
 */
import { atMost } from '../base/checks.js';
import { PATCHED_BYTES_MAX } from '../base/limits.js';
import { decodePayload, encodePayload, type Payload } from './payload.js';
import { payloadFrom } from './row.js';

/** A key, a position in an array, or every element of one (null). */
export type Step = string | number | null;

export type Patch =
  /** Merges `values` into the object at a path: member by member, not deeper. */
  | { readonly kind: 'set'; readonly at: readonly Step[]; readonly values: Payload }
  | { readonly kind: 'overwrite'; readonly values: Payload }
  | { readonly kind: 'delete'; readonly paths: readonly (readonly Step[])[] }
  | { readonly kind: 'clear' };

const KINDS = ['set', 'overwrite', 'delete', 'clear'] as const;
const HEAD = 5;
const NONE = new Uint8Array(0);
/** Bytes of a patch that is looked into for what it may change: the values of a larger one take long to be decoded. */
const LOOKED_INTO = 65_536;

/** @throws ValidationError INVALID_PAYLOAD for values that are no payload */
export function encodePatch(patch: Patch): Uint8Array {
  const steps = patch.kind === 'set' ? patch.at : patch.kind === 'delete' ? patch.paths : [];
  const text = new TextEncoder().encode(JSON.stringify(steps));
  const values = 'values' in patch ? encodePayload(patch.values) : NONE;
  const bytes = new Uint8Array(HEAD + text.length + values.length);
  bytes[0] = KINDS.indexOf(patch.kind);
  new DataView(bytes.buffer).setUint32(1, text.length, true);
  bytes.set(text, HEAD);
  bytes.set(values, HEAD + text.length);
  return bytes;
}

/** @throws RangeError for bytes that are no patch */
function decodePatch(bytes: Uint8Array): { readonly patch: Patch; readonly values: Uint8Array } {
  const kind = KINDS[bytes[0]!];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const end = HEAD + view.getUint32(1, true);
  if (kind === undefined || end > bytes.length) throw new RangeError('bytes are not a patch of payloads');
  // By a copy: what is decoded may lie in shared memory.
  const steps: unknown = JSON.parse(new TextDecoder().decode(bytes.slice(HEAD, end)));
  const values = bytes.slice(end);
  return { patch: patchOf(kind, steps, values), values };
}

/** The members of payloads that a patch may change, by name; undefined: any. */
export function membersChangedBy(bytes: Uint8Array): ReadonlySet<string> | undefined {
  if (bytes.length > LOOKED_INTO) return undefined;
  const { patch } = decodePatch(bytes);
  if (patch.kind === 'overwrite' || patch.kind === 'clear') return undefined;
  if (patch.kind === 'set' && patch.at.length === 0) return new Set(Object.keys(patch.values));
  const paths = patch.kind === 'set' ? [patch.at] : patch.paths;
  const names = paths.map(([first]) => first);
  return names.every((name) => typeof name === 'string') ? new Set(names) : undefined;
}

/** What the patch of one entry makes of payloads, which are encoded; empty for none. */
export class Patcher {
  readonly #patch: Patch;
  /** Of all that it has made. */
  #bytes = 0;
  /** What it makes of any payload, where that does not depend on it. */
  readonly #always: Uint8Array | undefined;

  /** @throws RangeError for bytes that are no patch */
  constructor(bytes: Uint8Array) {
    const { patch, values } = decodePatch(bytes);
    const { kind } = patch;
    this.#patch = patch;
    this.#always = kind === 'overwrite' ? values : kind === 'clear' ? NONE : undefined;
  }

  /** Whether it needs the payload that there is. */
  get needsPayload(): boolean {
    return this.#always === undefined;
  }

  /**
   * The payload that it makes of one.
   *
   * @throws ValidationError INVALID_PAYLOAD where that would be larger, or deeper, than a payload may be
   * @throws RowFault where the payload cannot be decoded
   * @throws ValidationError LIMIT_EXCEEDED where all that it has made would be more than an entry may
   */
  apply(payload: Uint8Array): Uint8Array {
    const made = this.#always ?? encodePayload(patched(payloadFrom(payload), this.#patch));
    const instead = 'Change fewer points in one call';
    atMost('bytes of payloads that are changed', this.#bytes + made.length, PATCHED_BYTES_MAX, instead);
    this.#bytes += made.length;
    return made;
  }
}

function patchOf(kind: Patch['kind'], steps: unknown, values: Uint8Array): Patch {
  if (kind === 'set') return { kind, at: steps as Step[], values: decodePayload(values) ?? {} };
  if (kind === 'overwrite') return { kind, values: decodePayload(values) ?? {} };
  return kind === 'delete' ? { kind, paths: steps as Step[][] } : { kind };
}

/** Changes `payload`, which is the caller's own, or makes another. */
export function patched(payload: Payload | undefined, patch: Patch): Payload | undefined {
  if (patch.kind === 'clear') return undefined;
  if (patch.kind === 'overwrite') return patch.values;
  const own = payload ?? {};
  if (patch.kind === 'set') return setAt(own, patch.at, 0, patch.values) as Payload;
  for (const path of patch.paths) deleteAt(own, path, 0);
  return payload === undefined ? undefined : own;
}

function isObject(value: unknown): value is Payload {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Not by assignment: a key may be `__proto__`. */
function put(object: Payload, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, writable: true, enumerable: true, configurable: true });
}

function ownValue(object: Payload, key: string): unknown {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** What is at a place from here on. */
function setAt(node: unknown, steps: readonly Step[], from: number, values: Payload): unknown {
  const step = steps[from];
  if (step === undefined) return merged(isObject(node) ? node : {}, values);
  if (typeof step === 'string') {
    const object = isObject(node) ? node : {};
    put(object, step, setAt(ownValue(object, step), steps, from + 1, values));
    return object;
  }
  const array: unknown[] = Array.isArray(node) ? node : [];
  for (let i = 0; i < array.length; i++)
    if (step === null || step === i) array[i] = setAt(array[i], steps, from + 1, values);
  return array;
}

function merged(object: Payload, values: Payload): Payload {
  for (const key of Object.keys(values)) {
    if (values[key] === null) delete object[key];
    else put(object, key, values[key]);
  }
  return object;
}

function deleteAt(node: unknown, steps: readonly Step[], from: number): void {
  const step = steps[from]!;
  const last = from === steps.length - 1;
  if (typeof step === 'string') {
    if (!isObject(node) || !Object.hasOwn(node, step)) return;
    if (last) delete node[step];
    else deleteAt(node[step], steps, from + 1);
    return;
  }
  if (!Array.isArray(node)) return;
  if (last) {
    if (step === null) node.length = 0;
    else if (step < node.length) node.splice(step, 1);
    return;
  }
  for (let i = 0; i < node.length; i++) if (step === null || step === i) deleteAt(node[i], steps, from + 1);
}
