/* Appending a row: its place in the graph is drawn here, before anyone can see it. */
import * as L from '../layout';
import { field, levelOf, linksMax, linksOf, lockOf, stateOf, upperSlotOf } from './memory';
import { mix } from './rotate';

/** Level of a row: at least l with probability M^-l, drawn from the seed and the row number alone. */
function drawLevel(row: u32): u32 {
  const m = field(L.D_M);
  const draw = mix(mix(row + 0x9e3779b9) ^ field(L.D_SEED));
  let level: u32 = 0;
  for (let below = u32.MAX_VALUE / m; draw < below && level < <u32>L.LEVEL_MAX; below /= m) level++;
  return level;
}

/**
 * Gives a row its level, its place among the upper lists of its block, empty links and the state `state`.
 * Where a block has no upper lists left (six standard deviations above the mean), the level is lowered.
 */
export function place(row: u32, state: u32): void {
  const first = (row & ((1 << field(L.D_BLOCK_SHIFT)) - 1)) == 0;
  const slot = first ? 0 : <u32>load<u16>(upperSlotOf(row - 1)) + <u32>load<u8>(levelOf(row - 1));
  const level = min(drawLevel(row), field(L.D_UPPER_SLOTS) - slot);
  store<u16>(upperSlotOf(row), <u16>slot);
  store<u8>(levelOf(row), <u8>level);
  store<u32>(lockOf(row), 0);
  for (let at: u32 = 0; at <= level; at++) memory.fill(linksOf(row, at), 0xff, linksMax(at) << 2);
  atomic.store<u8>(stateOf(row), <u8>state);
}
