/*
 * Which id lives in which row. For ids in any order a Map does; ids that only ascend, as the row numbers of a
 * collection do, are found in the arenas themselves, by halving.
 */
import type { Id } from '../base/checks.js';
import type { Arena } from './arena.js';
import { beginsWord, slotOf, slotsOf } from './slots.js';

/** Live ids → their slots. */
export interface Names {
  readonly size: number;
  get(id: Id): number | undefined;
  has(id: Id): boolean;
  set(id: Id, slot: number): void;
  delete(id: Id): boolean;
  clear(): void;
}

/** Names for ids that are numbers, each greater than all before it. A masked row has lost its name. */
export class AscendingNames implements Names {
  readonly #arenas: () => readonly Arena[];

  constructor(arenas: () => readonly Arena[]) {
    this.#arenas = arenas;
  }

  get size(): number {
    return this.#arenas().reduce((sum, arena) => sum + arena.live, 0);
  }

  get(id: Id): number | undefined {
    const arena = this.#arenas().findLast((a) => a.rows > 0 && a.idOf(0) <= id);
    if (!arena) return undefined;
    const row = lastUpTo(arena, id);
    return arena.idOf(row) === id && arena.isLive(row) ? slotOf(arena, row) : undefined;
  }

  has(id: Id): boolean {
    return this.get(id) !== undefined;
  }

  // What a row's name is, the row itself says.
  set(): void {}
  delete(): boolean {
    return true;
  }
  clear(): void {}
}

/** Whether ids ascend from arena to arena, and each begins with a word of bits by slots, as filters need it. */
export function inOrder(arenas: readonly Arena[]): boolean {
  let last: Id = -1;
  for (const arena of arenas) {
    if (arena.rows === 0) continue;
    if (arena.idOf(0) <= last || !beginsWord(arena.base)) return false;
    last = arena.idOf(arena.rows - 1);
  }
  return true;
}

/** The last row of an arena of ascending ids whose id is at most `id`; its first is. */
export function lastUpTo(arena: Arena, id: Id): number {
  let low = 0;
  let high = arena.rows;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (arena.idOf(middle) <= id) low = middle;
    else high = middle;
  }
  return low;
}

/** The slot of the first row whose id is above `id`, of arenas whose ids ascend; that behind the last where none is. */
export function slotBehind(arenas: readonly Arena[], id: Id): number {
  const arena = arenas.find((one) => one.rows > 0 && one.idOf(one.rows - 1) > id);
  if (!arena) return slotsOf(arenas);
  return slotOf(arena, arena.idOf(0) > id ? 0 : lastUpTo(arena, id) + 1);
}
