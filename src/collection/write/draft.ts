/*
 * Points to be written, gathered one after another: each is checked and copied as it comes, and belongs to its owner
 * again afterwards. What is bad about a point is said before anything has had an effect.
 */
import type { PointInput } from '../../api/points.js';
import type { Rejection } from '../../api/writing.js';
import { atMost, plainId, show, showId } from '../../base/checks.js';
import { SiltError, ValidationError } from '../../base/errors.js';
import { awaitHint, didYouMean } from '../../base/hints.js';
import { idKeyRoom, type PointId, writeIdKey } from '../../base/ids.js';
import { WRITE_BYTES_MAX, WRITE_POINTS_MAX } from '../../base/limits.js';
import { type DenseSpec, type FieldSpec, isPlain } from '../../fields/field.js';
import { encodePayload } from '../../store/payload.js';
import type { Draft } from '../live-index.js';
import { DraftMemory } from './draft-memory.js';
import { type DraftVectors, newDraftVectors } from './draft-vectors.js';
import { PackedBytes } from './packed.js';
import { pick } from './pick.js';

export interface Checked {
  readonly draft: Draft;
  readonly rejected: readonly Rejection[];
  /** Of each point of the draft, its number in the call. */
  readonly numbers: readonly number[];
}

const MEMBERS = ['id', 'vector', 'payload'];
const NO_PAYLOAD = new Uint8Array(0);

function checkPoint(point: unknown, number: number): asserts point is PointInput {
  if (typeof point !== 'object' || point === null || Array.isArray(point))
    throw new ValidationError(
      'INVALID_OPTION',
      `point ${number} must be an object { id, vector, payload? }, got ${show(point)}`,
    );
  for (const key of Object.keys(point)) {
    if (MEMBERS.includes(key) || (point as Record<string, unknown>)[key] === undefined) continue;
    throw new ValidationError(
      'INVALID_OPTION',
      `point ${number} has an unknown member ${show(key)}; a point has id, vector and payload, and further data goes into its payload${didYouMean(key, MEMBERS)}`,
    );
  }
}

/** What is wrong with an id or a payload, and with that of which point. */
function placed(error: unknown, number: number, point: unknown): unknown {
  const { code, message } = error as Partial<ValidationError>;
  if (code === 'INVALID_PAYLOAD')
    return new ValidationError(code, `point ${number} (id ${showId((point as PointInput).id)}): ${message}`);
  if (code === 'INVALID_VECTOR' && (point as Partial<PointInput>).vector === undefined)
    return new ValidationError(
      code,
      `${message}. To change only the payload of a stored point, use setPayload`,
    );
  if (code !== 'INVALID_ID') return error;
  return new ValidationError(code, `point ${number}: ${message}${awaitHint(point)}`);
}

/**
 * The points of one write.
 *
 * @throws ValidationError for what gives points one after another: `ingest` takes that
 */
export function listOf(points: unknown): readonly PointInput[] {
  if (Array.isArray(points)) return points as readonly PointInput[];
  const many = [Symbol.iterator, Symbol.asyncIterator, 'getReader', 'then'];
  if (typeof points === 'object' && points !== null && many.some((member) => member in points)) {
    const hint = awaitHint(points) || '. Use ingest for iterables and streams';
    const got = `upsert takes a point or an array of points, got ${show(points)}`;
    throw new ValidationError('INVALID_OPTION', got + hint);
  }
  if (['number', 'string', 'bigint'].includes(typeof points))
    throw new ValidationError(
      'INVALID_OPTION',
      `upsert takes a point or an array of points, got ${show(points)}. Write { id: ${show(points)}, vector: [ … ] }`,
    );
  return [points as PointInput];
}

function rejection(error: unknown, index: number, point: unknown): Rejection {
  if (!(error instanceof SiltError)) throw error;
  const id = (point as Partial<PointInput> | null)?.id;
  const isId = typeof id === 'string' || typeof id === 'number' || typeof id === 'bigint';
  return { index, ...(isId && { id }), code: error.code, message: error.message };
}

function superseded(id: PointId, earlier: number, later: number): Rejection {
  const message = `point ${earlier} (id ${showId(id)}) is replaced by point ${later} of the same batch`;
  return { index: earlier, id, code: 'DUPLICATE_ID', message };
}

export interface DraftingRoom {
  /** Number of the first point. */
  readonly first?: number;
  /** How many will come, where that is known. */
  readonly expected?: number | undefined;
  /** From where the memory of vectors is taken. */
  readonly memory?: DraftMemory;
}

export class Drafting {
  readonly #onInvalid: 'throw' | 'skip';
  readonly #first: number;
  readonly #memory: DraftMemory;
  readonly #rejected: Rejection[] = [];
  readonly #ids = new PackedBytes();
  readonly #payloads = new PackedBytes();
  readonly #vectors: DraftVectors;
  /** Of the accepted, by their places: the ids as they were given, and the numbers of the points. */
  readonly #givenIds: PointId[] = [];
  readonly #numbers: number[] = [];
  /** Id → its latest place. */
  readonly #latest = new Map<PointId, number>();
  /** Places whose ids came again. */
  readonly #superseded = new Set<number>();
  #given = 0;

  /**
   * With 'throw', `add` throws for the first point that is bad; with 'skip' it is reported.
   */
  constructor(
    fields: readonly FieldSpec[],
    onInvalid: 'throw' | 'skip',
    { first = 0, expected, memory = new DraftMemory() }: DraftingRoom = {},
  ) {
    this.#onInvalid = onInvalid;
    this.#first = first;
    this.#memory = memory;
    this.#vectors = newDraftVectors(fields, memory, expected);
  }

  /** Points given so far, bad ones among them. */
  get given(): number {
    return this.#given;
  }

  /** Bytes copied so far. */
  get bytes(): number {
    return this.#vectors.bytes + this.#ids.bytes + this.#payloads.bytes;
  }

  /** @throws ValidationError for a point that is bad, with 'throw'; nothing of it is kept */
  add(point: unknown): void {
    const number = this.#first + this.#given++;
    try {
      checkPoint(point, number);
      this.#take(point, number);
    } catch (error) {
      const why = placed(error, number, point);
      if (this.#onInvalid === 'throw') throw why;
      this.#rejected.push(rejection(why, number, point));
    }
  }

  #take({ id, vector, payload }: PointInput, number: number): void {
    const { into, at } = this.#ids.room(idKeyRoom(id));
    const end = writeIdKey(id, into, at);
    this.#vectors.take(vector, number, id);
    const body = payload === undefined ? NO_PAYLOAD : encodePayload(payload);
    // From here on nothing can go wrong: it counts.
    this.#ids.end(end);
    this.#payloads.add(body);
    this.#vectors.keep();
    const place = this.#numbers.push(number) - 1;
    this.#givenIds.push(id);
    const key = typeof id === 'string' ? id : plainId(id);
    const earlier = this.#latest.get(key);
    this.#latest.set(key, place);
    if (earlier === undefined) return;
    this.#superseded.add(earlier);
    this.#rejected.push(superseded(this.#givenIds[earlier]!, this.#numbers[earlier]!, number));
  }

  /** All that was given, as one write. Of an id given twice the last wins, and the others are reported. */
  finish(): Checked {
    const draft = this.#draft();
    const rejected = this.#rejected.sort((a, b) => a.index - b.index);
    if (this.#superseded.size === 0) return { draft, rejected, numbers: this.#numbers };
    const places = [...this.#numbers.keys()].filter((place) => !this.#superseded.has(place));
    const numbers = places.map((place) => this.#numbers[place]!);
    return { draft: pick(draft, places, this.#memory), rejected, numbers };
  }

  #draft(): Draft {
    const { bytes: ids, ends: idEnds } = this.#ids.packed();
    const { bytes: payloads, ends: payloadEnds } = this.#payloads.packed();
    const values = this.#vectors.finish();
    return { kind: 'put', count: this.#numbers.length, ids, idEnds, payloads, payloadEnds, ...values };
  }
}

/** Of a point at least, where each must have one. */
export function bytesOfVectors(fields: readonly FieldSpec[]): number {
  return isPlain(fields) ? 4 * (fields[0] as DenseSpec).dimension : 0;
}

/** A whole list at once. */
export function draftPoints(
  points: readonly PointInput[],
  fields: readonly FieldSpec[],
  onInvalid: 'throw' | 'skip',
  memory?: DraftMemory,
): Checked {
  const instead = 'Write them in several calls, or by ingest, which takes any number';
  const { length } = points; // what a getter adds meanwhile belongs to no call
  atMost('points of one write', length, WRITE_POINTS_MAX, instead);
  atMost('bytes of one write', bytesOfVectors(fields) * length, WRITE_BYTES_MAX, instead);
  const drafting = new Drafting(fields, onInvalid, { expected: length, ...(memory && { memory }) });
  for (let i = 0; i < length; i++) {
    drafting.add(points[i]);
    atMost('bytes of one write', drafting.bytes, WRITE_BYTES_MAX, instead);
  }
  return drafting.finish();
}
