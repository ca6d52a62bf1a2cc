/* A table that is looked at through a window: a row is selected, and columns are passed over from the left. */
import { strong, styled } from '../frame/output.js';
import { cutTo, padEnd, widthOf } from '../frame/text.js';

/** Most columns of the terminal that a cell takes, unless it is the last one. */
const CELL = 30;
/** A last cell that has less is left out. */
const LEAST = 8;
const GAP = 2;

export interface Grid {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The row that is selected, from 0. */
  readonly at: number;
  /** Columns that are passed over, behind the first, which stays. */
  readonly left: number;
}

/** How wide each column is that there is room for. */
function widthsOf({ head, rows, left }: Grid, room: number): [column: number, width: number][] {
  const widths: [number, number][] = [];
  let free = room;
  for (const column of [0, ...head.keys()].filter((one, at) => at === 0 || one > left)) {
    const whole = rows.reduce((most, row) => Math.max(most, widthOf(row[column]!)), widthOf(head[column]!));
    const gap = widths.length === 0 ? 0 : GAP;
    const width = Math.min(whole, CELL, free - gap);
    if (widths.length > 0 && width < Math.min(whole, LEAST)) break;
    widths.push([column, width]);
    free -= gap + width;
    const more = Math.min(whole - width, free);
    if (column === head.length - 1 && more > 0) widths.at(-1)![1] += more;
  }
  return widths;
}

/** Lines of at most `width` columns, and how many columns of the table they have. */
export function drawn(grid: Grid, width: number): { lines: string[]; columns: number } {
  const { head, rows, at } = grid;
  const widths = widthsOf(grid, width - GAP);
  const line = (mark: string, cells: readonly string[]): string =>
    mark + widths.map(([column, room]) => padEnd(cutTo(cells[column]!, room), room)).join(' '.repeat(GAP));
  const lines = rows.map((row, n) =>
    n === at ? styled('inverse', line('> ', row)) : line('  ', row).trimEnd(),
  );
  return { lines: [strong(line('  ', head).trimEnd()), ...lines], columns: widths.length };
}
