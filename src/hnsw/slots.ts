/*
 * Slots: the places of rows in an index, counted from 0 in the order of writing, over all its arenas.
 *
 *     slot = rows of the arenas before + row in its own arena
 *
 * Bits of filters, payload indexes and their files speak of slots, so that of a row must never change. Therefore an
 * arena is sealed as soon as an arena behind it has a row: it takes no more, whatever room it has. That nobody has to
 * note: the rows themselves say it, in memory and in a snapshot, on a machine whose arenas are larger as well.
 *
 * An arena that is begun comes behind one that still takes rows. It gets its first row when that one is full, so its
 * base (the rows before it) is known from the beginning, and stays.
 */
interface Numbered {
  /** Slot of its first row. */
  readonly base: number;
  readonly rows: number;
  readonly capacity: number;
}

/** Rows of arenas, masked ones among them: all slots are below. */
export function slotsOf(arenas: readonly Pick<Numbered, 'rows'>[]): number {
  let slots = 0;
  for (const { rows } of arenas) slots += rows;
  return slots;
}

/** The base of an arena that begins behind these. */
export function baseBehind(arenas: readonly Numbered[]): number {
  const last = arenas.at(-1);
  return last ? last.base + last.capacity : 0;
}

/** The arenas that take rows, in their order: the last that has any, and those begun behind it. */
export function openArenas<A extends Numbered>(arenas: readonly A[]): readonly A[] {
  const last = arenas.findLastIndex(({ rows }) => rows > 0);
  return arenas.slice(Math.max(0, last));
}

/** The arena of a slot that is below `slotsOf(arenas)`. */
export function arenaOf<A extends Numbered>(arenas: readonly A[], slot: number): A {
  let at = arenas.length - 1;
  while (arenas[at]!.base > slot || arenas[at]!.rows === 0) at--;
  return arenas[at]!;
}

/** That arena, and the row in it. */
export function placeAt<A extends Numbered>(arenas: readonly A[], slot: number): { arena: A; row: number } {
  const arena = arenaOf(arenas, slot);
  return { arena, row: slot - arena.base };
}

/** Whether bits by slots have a word that begins with an arena's own: a sealed arena holds whole blocks of 32 rows and more. */
export function beginsWord(base: number): boolean {
  return base % 32 === 0;
}

/** The word of bits by slots that those of an arena begin with. */
export function firstWord(base: number): number {
  if (!beginsWord(base)) throw new RangeError(`an arena begins at slot ${base}, inside a word of bits`);
  return base / 32;
}
