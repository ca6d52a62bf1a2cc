/*
 * The kernel in plain TypeScript: what the compiled builds are checked against, and what runs where an engine
 * has no WASM SIMD. Same memory, same bits in every code, distance and link; four to twelve times slower.
 */
import type { Kernel } from '../kernel.js';
import { walkAdmitted } from './admitted.js';
import { limitWalk } from './beam.js';
import * as bits from './bits.js';
import * as distance from './distance.js';
import { encode, encodeQuery } from './encode.js';
import * as float from './float.js';
import { hash } from './hash.js';
import { noteLength } from './lift.js';
import { attach, link } from './link.js';
import * as memory from './memory.js';
import { measureOrigin, setOrigin } from './origin.js';
import * as query from './query.js';
import { rotate } from './rotate.js';
import { place } from './rows.js';
import { rescore, scan, scanCodes, walk } from './scan.js';
import { squaredNorm } from './verdict.js';
import * as verify from './verify.js';

/** Binds the functions to one memory. `accept` is asked about rows during filtered searches. */
export function bindScalar(shared: WebAssembly.Memory, accept: (row: number) => number): Kernel {
  const m = new memory.Memory(shared, accept);
  return {
    vectorOf: (row) => memory.vectorOf(m, row),
    idOf: (row) => memory.idOf(m, row),
    levelOf: (row) => memory.levelOf(m, row),
    linksOf: (row, level) => memory.linksOf(m, row, level),
    codeOf: (row) => memory.codeOf(m, row),
    normOf: (row) => memory.normOf(m, row),
    stateOf: (row) => memory.stateOf(m, row),
    stateGet: (row) => memory.stateGet(m, row),
    stateSet: (row, states) => memory.stateSet(m, row, states),
    stateSwap: (row, expected, states) => memory.stateSwap(m, row, expected, states),
    stateClear: (row, states) => verify.stateClear(m, row, states),
    encode: (row, scratch) => encode(m, row, scratch),
    encodeQuery: (scratch) => encodeQuery(m, scratch),
    noteLength: (row) => noteLength(m, row),
    setOrigin: (rows, sample) => setOrigin(m, rows, sample),
    measureOrigin: () => measureOrigin(m),
    place: (row, state) => place(m, row, state),

    prepareQuery: (scratch) => query.prepareQuery(m, scratch),
    prepareRow: (row, scratch) => query.prepareRow(m, row, scratch),
    prepareFromCode: (row, at) => query.prepareFromCode(m, row, at),
    scan: (scratch, from, to, k, size, skip, filter) => scan(m, scratch, from, to, k, size, skip, filter),
    scanCodes: (scratch, from, to, most, skip, filter) => scanCodes(m, scratch, from, to, most, skip, filter),
    walk: (scratch, ef, admission, rank, bound, hidden) => {
      limitWalk(m, scratch, rank, Math.fround(bound), hidden);
      return walk(m, scratch, ef, admission);
    },
    walkAdmitted: (scratch, ef, best, share, masks, rank, bound, hidden) =>
      walkAdmitted(m, scratch, ef, best, share, masks !== 0, { rank, bound: Math.fround(bound), hidden }),
    rescore: (scratch, n, k, size) => rescore(m, scratch, n, k, size),

    link: (row, scratch, owner) => link(m, row, scratch, owner),
    attach: (row, from, scratch, owner) => attach(m, row, from, scratch, owner),
    releaseLocks: (owner) => verify.releaseLocks(m, owner),

    markReachable: (scratch) => verify.markReachable(m, scratch),
    nextUnreachable: (scratch, from) => verify.nextUnreachable(m, scratch, from),
    faults: (row) => verify.faults(m, row),
    clean: (row) => verify.clean(m, row),

    // Addresses, possibly in memory that has grown since.
    dotFloat: (a, b, length) => float.dotFloat(m.fresh(), a >>> 0, b >>> 0, length),
    squaredFloat: (a, b, length) => float.squaredFloat(m.fresh(), a >>> 0, b >>> 0, length),
    dotWide: (a, b, length) => float.dotWide(m.fresh(), a >>> 0, b >>> 0, length),
    squaredNorm: (v, length) => squaredNorm(m.fresh(), v >>> 0, length),
    countXor: (a, b, bytes) => bits.countXor(m.fresh(), a >>> 0, b >>> 0, bytes),
    countAnd: (a, b, bytes) => bits.countAnd(m.fresh(), a >>> 0, b >>> 0, bytes),
    exactDistance: (scratch, row) => distance.exactDistance(m, scratch, row),
    hash: (at, bytes, floats) => hash(m, at, bytes, floats),
    distances: (at, n, rows, keys) => distance.distances(m.fresh(), at, n, rows, keys),
    rotate: (from, to, length) => rotate(m.fresh(), from, to, length),
  };
}
