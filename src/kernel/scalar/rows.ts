/* Appending a row: its place in the graph is drawn here, before anyone can see it. */
import * as L from '../layout.js';
import {
  field,
  levelOf,
  linksMax,
  linksOf,
  lockOf,
  type Memory,
  stateOf,
  topOf,
  upperSlotOf,
} from './memory.js';
import { mix } from './rotate.js';

/** Level of a row: at least l with probability M^-l, drawn from the seed and the row number alone. */
function drawLevel(m: Memory, row: number): number {
  const links = field(m, L.D_M);
  const draw = mix(mix(row + 0x9e3779b9) ^ field(m, L.D_SEED));
  let level = 0;
  let below = Math.floor(0xffffffff / links);
  for (; draw < below && level < L.LEVEL_MAX; below = Math.floor(below / links)) level++;
  return level;
}

/**
 * Gives a row its level, its place among the upper lists of its block, empty links and the state `state`.
 * Where a block has no upper lists left (six standard deviations above the mean), the level is lowered.
 */
export function place(m: Memory, row: number, state: number): void {
  const first = (row & ((1 << field(m, L.D_BLOCK_SHIFT)) - 1)) === 0;
  const at = upperSlotOf(m, row) >>> 1;
  const slot = first ? 0 : m.u16[at - 1]! + topOf(m, row - 1);
  const level = Math.min(drawLevel(m, row), field(m, L.D_UPPER_SLOTS) - slot);
  m.u16[at] = slot;
  m.u8[levelOf(m, row)] = level;
  m.u32[lockOf(m, row) >>> 2] = 0;
  for (let l = 0; l <= level; l++) {
    const links = linksOf(m, row, l) >>> 2;
    m.u32.fill(L.NONE, links, links + linksMax(m, l));
  }
  Atomics.store(m.u8, stateOf(m, row), state);
}
