/* What belongs together in a collection: its slots, and what is known by them. */
import { DenseField } from '../fields/dense.js';
import type { DenseSpec, FieldSpec } from '../fields/field.js';
import { SparseField } from '../fields/sparse/sparse-field.js';
import { TextField } from '../fields/text/text-field.js';
import { type Aspects, haveInCommon } from '../filter/aspects.js';
import { PayloadIndexes } from '../filter/payload-indexes.js';
import { Engine } from '../hnsw/engine.js';
import type { EngineOptions } from '../hnsw/options.js';
import { kernelCode } from '../kernel/builds.js';
import type { Machine } from './config.js';
import { Slots } from './slots.js';
import type { StoredRows } from './stored-rows.js';

export interface Parts {
  readonly slots: Slots;
  /** In the order of their numbers. */
  readonly dense: readonly DenseField[];
  /** Likewise. */
  readonly sparse: readonly SparseField[];
  readonly text: readonly TextField[];
  readonly payloadIndexes: PayloadIndexes;
  /** Names the order of the slots: files that speak of slots carry it. */
  readonly layout: string;
}

/** Of what the machine is, what a collection needs. */
export type Room = Pick<Machine, 'platform' | 'arenaBytes'> & { readonly threads: number };

/** Empty parts for a collection, with payload indexes as those there are. */
export function newParts(
  stored: StoredRows,
  fields: readonly FieldSpec[],
  payloadIndexes: PayloadIndexes,
  room: Room,
): Parts {
  const dense = fields.filter((field) => field.kind === 'dense');
  const sparse = fields.filter((field) => field.kind === 'sparse');
  const text = fields.filter((field) => field.kind === 'text');
  const code = kernelCode(room.platform.kernel);
  return {
    slots: new Slots(),
    dense: dense.map((spec) => new DenseField(spec, newEngine(stored, spec, room))),
    sparse: sparse.map((spec) => new SparseField(spec, code)),
    text: text.map((spec) => new TextField(spec, code)),
    payloadIndexes: payloadIndexes.successor(),
    layout: room.platform.uuid(),
  };
}

/** The same with other fields: those that stay are as they were, new ones know of no value yet. */
export function withFields(
  parts: Parts,
  stored: StoredRows,
  fields: readonly FieldSpec[],
  room: Room,
): Parts {
  const known = [...parts.dense, ...parts.sparse, ...parts.text].map(({ spec }) => spec.number);
  const added = fields.filter(({ number }) => !known.includes(number));
  const made = newParts(stored, added, new PayloadIndexes(), room);
  const { count } = parts.slots;
  for (const field of [...made.dense, ...made.sparse]) field.passOver(count); // texts were in the payloads before
  const numbers = fields.map(({ number }) => number);
  const stays = ({ spec }: Numbered): boolean => numbers.includes(spec.number);
  // New numbers are higher than all before.
  return {
    ...parts,
    dense: [...parts.dense.filter(stays), ...made.dense],
    sparse: [...parts.sparse.filter(stays), ...made.sparse],
    text: [...parts.text.filter(stays), ...made.text],
  };
}

/** Of fields that are no more: frees what can be freed now, and returns what must be closed. */
export function partingFrom(before: Parts, now: Parts): DenseField[] {
  for (const field of before.sparse) if (!now.sparse.includes(field)) field.dispose();
  for (const field of before.text) if (!now.text.includes(field)) field.dispose();
  return before.dense.filter((field) => !now.dense.includes(field));
}

interface Numbered {
  readonly spec: { readonly number: number };
}

/** Frees their memory. */
export async function closeParts({
  dense,
  sparse,
  text,
  payloadIndexes,
}: Omit<Parts, 'slots' | 'layout'>): Promise<void> {
  try {
    payloadIndexes.dispose();
    for (const field of [...sparse, ...text]) field.dispose();
  } finally {
    for (const field of dense) await field.close();
  }
}

/** Bytes of memory that slots, rows and graphs occupy. */
export function memoryBytesOf({
  slots,
  dense,
  sparse,
  text,
}: Pick<Parts, 'slots' | 'dense' | 'sparse' | 'text'>): number {
  return [...dense, ...sparse, ...text].reduce((sum, { bytes }) => sum + bytes, slots.bytes);
}

function optionsOf(spec: DenseSpec, { arenaBytes, threads }: Room): EngineOptions {
  const { dimension, metric, hnsw, storage } = spec;
  const keepVectors = storage === 'memory';
  return { dimension, metric, ...hnsw, threads, searchers: threads, keepVectors, arenaBytes };
}

/** Vectors that the arenas do not keep are in the store. `options`: where they are those of a file. */
export function newEngine(
  stored: StoredRows,
  spec: DenseSpec,
  room: Room,
  options: EngineOptions = optionsOf(spec, room),
): Engine {
  const source = (key: bigint | number, into?: Float32Array): Float32Array | undefined =>
    stored.vector(Number(key), spec, into);
  return new Engine(room.platform, options, { source });
}

/**
 * The payload of a row is another than before the operations behind `seq`, in some aspects. Returns the slot of the row; undefined
 * where it has none.
 */
export function patchIn(
  { slots, payloadIndexes, text }: Parts,
  row: number,
  seq: number,
  aspects: Aspects,
): number | undefined {
  const slot = slots.slotOf(row);
  if (slot === undefined) return undefined;
  payloadIndexes.patch(slot, seq, aspects);
  for (const field of text) if (haveInCommon(field.aspects, aspects)) field.change(slot);
  return slot;
}

/** A row lives no more. */
export function maskIn({ slots, dense }: Parts, row: number): void {
  const slot = slots.slotOf(row);
  if (slot === undefined) return;
  for (const field of dense) field.mask(slot);
  slots.mask(slot);
}
