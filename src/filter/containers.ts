/*
 * Reads the portable form of roaring bitmaps (github.com/RoaringBitmap/RoaringFormatSpec): 65,536 slots a
 * container, which is an array of slots, a bitmap or a list of runs. All numbers are little-endian.
 */
import { SnapshotError } from '../base/errors.js';
import { countBelow, orBelow, setRange, setSlots } from './bits.js';

/** First number of a bitmap without containers of runs; in the lower half of it, of one with them. */
const COOKIE = 12_346;
const COOKIE_RUNS = 12_347;
const CONTAINERS_MAX = 65_536;
const CONTAINER_SLOTS = 65_536;
/** An array of more slots would be larger than a bitmap. */
const ARRAY_MAX = 4_096;
const BITMAP_BYTES = 8_192;
/** A bitmap with runs says where containers begin only if there are so many. */
const OFFSETS_FROM = 4;

type Form = 'array' | 'bitmap' | 'runs';

interface Container {
  readonly form: Form;
  /** The first slot it could hold. */
  readonly base: number;
  /** How many slots it holds. */
  readonly size: number;
  /** Where its slots are: for runs, behind their count. */
  readonly at: number;
  readonly end: number;
}

function malformed(why: string): SnapshotError {
  return new SnapshotError(`malformed bitmap: ${why}`);
}

function short(bytes: Uint8Array, at: number): number {
  return bytes[at]! | (bytes[at + 1]! << 8);
}

/** Throws unless there are bytes up to `end`. */
function reach(bytes: Uint8Array, end: number): void {
  if (end > bytes.length) throw malformed('it is cut short');
}

/** How many containers there are, which are of runs, and where their descriptions begin. */
function readHead(bytes: Uint8Array): { count: number; runsAt: number | undefined; at: number } {
  reach(bytes, 4);
  const cookie = short(bytes, 0);
  if (cookie === COOKIE_RUNS) {
    const count = short(bytes, 2) + 1;
    return { count, runsAt: 4, at: 4 + Math.ceil(count / 8) };
  }
  reach(bytes, 8);
  const count = short(bytes, 4) + short(bytes, 6) * 65_536;
  if (cookie !== COOKIE || short(bytes, 2) !== 0) throw malformed('it begins with an unknown number');
  if (count > CONTAINERS_MAX) throw malformed(`${count} containers`);
  return { count, runsAt: undefined, at: 8 };
}

/** The containers, each checked to be within the bytes, which end behind the last one. */
function containersOf(bytes: Uint8Array): Container[] {
  const { count, runsAt, at: from } = readHead(bytes);
  let at = from + 4 * count + (runsAt === undefined || count >= OFFSETS_FROM ? 4 * count : 0);
  reach(bytes, at);
  const containers: Container[] = [];
  for (let i = 0; i < count; i++) {
    const base = short(bytes, from + 4 * i) * CONTAINER_SLOTS;
    const size = short(bytes, from + 4 * i + 2) + 1;
    const ofRuns = runsAt !== undefined && ((bytes[runsAt + (i >>> 3)]! >>> (i & 7)) & 1) === 1;
    const form = ofRuns ? 'runs' : size <= ARRAY_MAX ? 'array' : 'bitmap';
    if (ofRuns) reach(bytes, at + 2);
    const length = ofRuns ? 4 * short(bytes, at) : size <= ARRAY_MAX ? 2 * size : BITMAP_BYTES;
    if (ofRuns) at += 2;
    reach(bytes, at + length);
    containers.push({ form, base, size, at, end: at + length });
    at += length;
  }
  if (at !== bytes.length) throw malformed('it is too long');
  return containers;
}

/** The words of a container that is a bitmap; a copy where the bytes lie across words. */
function wordsOf(bytes: Uint8Array, { at, end }: Container): Uint32Array {
  const offset = bytes.byteOffset + at;
  if (offset % 4 === 0) return new Uint32Array(bytes.buffer, offset, BITMAP_BYTES / 4);
  return new Uint32Array(bytes.slice(at, end).buffer);
}

/** The slots of a container that is an array, from its base on; likewise. */
function slotsOf(bytes: Uint8Array, { at, end }: Container): Uint16Array {
  const offset = bytes.byteOffset + at;
  if (offset % 2 === 0) return new Uint16Array(bytes.buffer, offset, (end - at) / 2);
  return new Uint16Array(bytes.slice(at, end).buffer);
}

function markArray(bytes: Uint8Array, container: Container, words: Uint32Array, below: number): void {
  const slots = slotsOf(bytes, container);
  setSlots(words.subarray(container.base >>> 5), slots, countBelow(slots, slots.length, below));
}

function markBitmap(bytes: Uint8Array, container: Container, words: Uint32Array, below: number): void {
  orBelow(words.subarray(container.base >>> 5), wordsOf(bytes, container), below);
}

function markRuns(bytes: Uint8Array, { base, at, end }: Container, words: Uint32Array, below: number): void {
  for (let i = at; i < end; i += 4) {
    const start = short(bytes, i);
    setRange(words, base + start, base + Math.min(below, start + short(bytes, i + 2) + 1));
  }
}

/** Adds the slots below `upTo` of a well-formed bitmap to a dense set. */
export function markContainers(bytes: Uint8Array, words: Uint32Array, upTo: number): void {
  for (const container of containersOf(bytes)) {
    if (container.base >= upTo) return;
    const below = Math.min(CONTAINER_SLOTS, upTo - container.base);
    if (container.form === 'array') markArray(bytes, container, words, below);
    else if (container.form === 'bitmap') markBitmap(bytes, container, words, below);
    else markRuns(bytes, container, words, below);
  }
}

function countIn(bytes: Uint8Array, { form, at, end }: Container): number {
  let count = 0;
  let next = 0;
  if (form === 'bitmap') {
    for (let i = at; i < end; i++) for (let byte = bytes[i]!; byte !== 0; byte &= byte - 1) count++;
    return count;
  }
  for (let i = at; i < end; i += form === 'array' ? 2 : 4) {
    const start = short(bytes, i);
    const length = form === 'array' ? 1 : short(bytes, i + 2) + 1;
    if (start < next || start + length > CONTAINER_SLOTS) throw malformed('its slots do not ascend');
    next = start + length;
    count += length;
  }
  return count;
}

/**
 * Checks every slot of a bitmap that comes from a file.
 *
 * @throws SnapshotError
 */
export function checkContainers(bytes: Uint8Array): void {
  let next = 0;
  for (const container of containersOf(bytes)) {
    if (container.base < next) throw malformed('its containers do not ascend');
    if (countIn(bytes, container) !== container.size) throw malformed('a count of slots is wrong');
    next = container.base + CONTAINER_SLOTS;
  }
}
