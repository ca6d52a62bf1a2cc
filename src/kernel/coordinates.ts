/*
 * A row as numbers that can be compared with a row of another arena: its vector (under cosine its direction) where arenas keep
 * vectors, bits as 0 and 1, else what its code stands for, rotated as codes of four bits are.
 */
import * as L from './layout.js';
import { codeOf, field, Memory, normOf, vectorOf } from './scalar/memory.js';
import { rotate } from './scalar/rotate.js';

const PAGE = 65_536;

/** Where a rotation is worked out: it reads and writes a memory, and that of an arena is not for looking. */
function rotated(origin: Float32Array): Float32Array {
  const { length } = origin;
  const padded = (length + 3) & ~3;
  const m = new Memory(new WebAssembly.Memory({ initial: Math.ceil((8 * padded) / PAGE) }), () => 1);
  m.f32.set(origin);
  rotate(m, 0, 4 * padded, length);
  return m.f32.slice(padded, padded + length);
}

type Read = (row: number, into: Float32Array) => void;

function readBits(m: Memory, dimension: number): Read {
  return (row, into) => {
    const code = codeOf(m, row);
    for (let i = 0; i < dimension; i++) into[i] = (m.u8[code + (i >> 3)]! >> (i & 7)) & 1;
  };
}

function readVectors(m: Memory, dimension: number, cosine: boolean): Read {
  return (row, into) => {
    const vector = vectorOf(m, row) >>> 2;
    const unit = cosine ? m.f32[normOf(m, row) >>> 2]! : 1;
    for (let i = 0; i < dimension; i++) into[i] = m.f32[vector + i]! * unit;
  };
}

/** Residuals behind the origin of their arena: see scalar/encode.ts. */
function readCodes(m: Memory, dimension: number, kind: number): Read {
  const at = field(m, L.D_ORIGIN) >>> 2;
  const plain = m.f32.slice(at, at + dimension);
  const four = kind === L.CODE_INT4;
  const origin = four ? rotated(plain) : plain;
  return (row, into) => {
    const code = codeOf(m, row);
    const data = code + field(m, L.D_CODE_DATA);
    const scale = m.f32[(code + field(m, L.D_TRAILER)) >>> 2]!;
    for (let i = 0; i < dimension; i++) {
      const value = four ? ((m.u8[data + (i >> 1)]! >> ((i & 1) * 4)) & 15) - 7.5 : m.i8[data + i]!;
      into[i] = origin[i]! + scale * value;
    }
  };
}

function apart(metric: number, kept: boolean): (a: Float32Array, b: Float32Array) => number {
  const sum = (of: (x: number, y: number) => number) => (a: Float32Array, b: Float32Array) => {
    let total = 0;
    for (let i = 0; i < a.length; i++) total += of(a[i]!, b[i]!);
    return total;
  };
  const absolute = sum((x, y) => Math.abs(x - y));
  const dot = sum((x, y) => x * y);
  if (metric === L.HAMMING || metric === L.MANHATTAN) return absolute;
  const either = sum(Math.max);
  if (metric === L.JACCARD) return (a, b) => absolute(a, b) / Math.max(1, either(a, b));
  if (metric === L.DOT && kept) return (a, b) => -dot(a, b);
  if (metric === L.COSINE && kept) return (a, b) => 1 - dot(a, b);
  const squares = sum((x, y) => (x - y) ** 2);
  return (a, b) => Math.sqrt(squares(a, b));
}

export class Coordinates {
  readonly read: Read;
  readonly #apart: (a: Float32Array, b: Float32Array) => number;
  readonly #own: Float32Array;

  constructor(m: Memory, dimension: number) {
    const kind = field(m, L.D_CODE_KIND);
    const metric = field(m, L.D_METRIC);
    const kept = field(m, L.D_VECTORS_KEPT) !== 0;
    const cosine = metric === L.COSINE;
    this.read =
      kind === L.CODE_BITS
        ? readBits(m, dimension)
        : kept
          ? readVectors(m, dimension, cosine)
          : readCodes(m, dimension, kind);
    this.#apart = apart(metric, kept);
    this.#own = new Float32Array(dimension);
  }

  /** How far a row is from those of another arena, in the unit of `GraphView.distance`. */
  distance(others: Float32Array, row: number): number {
    this.read(row, this.#own);
    return this.#apart(others, this.#own);
  }
}
