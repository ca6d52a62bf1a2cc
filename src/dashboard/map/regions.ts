/* Where points lie dense, of those that are seen: the places for labels. */
import type { Colours } from './colours.ts';
import type { Placed } from './points.ts';
import { pixelX, pixelY, type Size, type View } from './view.ts';

export interface Region {
  /** The point next to the middle. */
  readonly centre: number;
  readonly x: number;
  readonly y: number;
  /** Points around it. */
  readonly members: readonly number[];
}

const CELL = 18;
/** Cells between two regions, at least. */
const APART = 4;
const MEMBERS_LEAST = 4;

/** Of the points of a region, those that must have the value it is named by; and how many times more than everywhere. */
const SHARE = 0.6;
const MORE_THAN = 1.5;

interface Grid {
  readonly columns: number;
  readonly rows: number;
  readonly counts: Float32Array;
}

/** Each cell with what lies around it. */
function blurred({ columns, rows, counts }: Grid): Grid {
  const sums = new Float32Array(counts.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++)
      for (let down = -1; down <= 1; down++)
        for (let right = -1; right <= 1; right++) {
          const [r, c] = [row + down, column + right];
          if (r < 0 || c < 0 || r >= rows || c >= columns) continue;
          sums[row * columns + column]! += counts[r * columns + c]! / (1 + Math.abs(down) + Math.abs(right));
        }
  return { columns, rows, counts: sums };
}

/** The densest cells first, none near a denser one. */
function peaks({ columns, counts }: Grid, most: number): number[] {
  const found: number[] = [];
  const cells = [...counts.keys()].filter((cell) => counts[cell]! >= MEMBERS_LEAST);
  cells.sort((a, b) => counts[b]! - counts[a]!);
  for (const cell of cells) {
    if (found.length === most) break;
    const isNear = found.some(
      (other) =>
        Math.abs((other % columns) - (cell % columns)) <= 2 * APART &&
        Math.abs(Math.floor(other / columns) - Math.floor(cell / columns)) <= APART,
    );
    if (!isNear) found.push(cell);
  }
  return found;
}

export function regionsOf({ xy, gone }: Placed, view: View, size: Size, most: number): Region[] {
  const columns = Math.ceil(size.width / CELL);
  const rows = Math.ceil(size.height / CELL);
  if (columns <= 0 || rows <= 0) return [];
  const counts = new Float32Array(columns * rows);
  const cells = new Int32Array(xy.length / 2).fill(-1);
  for (let number = 0; number < cells.length; number++) {
    const column = Math.floor(pixelX(view, size, xy[2 * number]!) / CELL);
    const row = Math.floor(pixelY(view, size, xy[2 * number + 1]!) / CELL);
    if (column < 0 || row < 0 || column >= columns || row >= rows || gone.has(number)) continue;
    cells[number] = row * columns + column;
    counts[cells[number]!]!++;
  }
  const chosen = peaks(blurred({ columns, rows, counts }), most);
  // Peaks are so far apart that no cell is next to two of them.
  const peakOf = new Int32Array(columns * rows).fill(-1);
  for (const peak of chosen)
    for (let down = -1; down <= 1; down++)
      for (let right = -1; right <= 1; right++) {
        const column = (peak % columns) + right;
        const cell = peak + down * columns + right;
        if (column >= 0 && column < columns && cell >= 0 && cell < peakOf.length) peakOf[cell] = peak;
      }
  const members = new Map(chosen.map((cell) => [cell, [] as number[]]));
  for (let number = 0; number < cells.length; number++) {
    const cell = cells[number]!;
    if (cell >= 0 && peakOf[cell]! >= 0) members.get(peakOf[cell]!)!.push(number);
  }
  return chosen.map((cell) => regionAt(xy, members.get(cell)!));
}

function regionAt(xy: Float32Array, members: readonly number[]): Region {
  let [x, y] = [0, 0];
  for (const number of members) {
    x += xy[2 * number]! / members.length;
    y += xy[2 * number + 1]! / members.length;
  }
  const far = (number: number): number => (xy[2 * number]! - x) ** 2 + (xy[2 * number + 1]! - y) ** 2;
  const centre = members.reduce((best, number) => (far(number) < far(best) ? number : best), members[0]!);
  return { centre, x, y, members };
}

/** By what most points of a region are coloured, and few elsewhere. */
export function commonValue({ members }: Region, colours: Colours | null): string | undefined {
  if (!colours) return undefined;
  const counts = new Uint32Array(colours.entries.length + 1);
  for (const number of members) counts[colours.codes[number] ?? 0]!++;
  const best = counts.indexOf(Math.max(...counts.subarray(1)), 1);
  const entry = colours.entries[best - 1];
  if (!entry || entry.count === 0 || entry.rest) return undefined;
  const share = counts[best]! / members.length;
  const everywhere = entry.count / colours.codes.length;
  return share >= SHARE && share >= MORE_THAN * everywhere ? entry.label : undefined;
}
