/* Colours of the map: ten that can be told apart on light and dark, and seven in order, for ranges of numbers. */
import { HIDDEN, PALETTE } from './draw-points.ts';

const DISTINCT = [
  '#4269d0',
  '#e8a200',
  '#e9553f',
  '#2fa37c',
  '#a463f2',
  '#d6588f',
  '#8a5a3c',
  '#2b93c4',
  '#7d9a1e',
  '#8b919a',
];
const ORDERED = ['#4453c6', '#3a87c8', '#2a9d8f', '#6aa84f', '#c9a227', '#e0763a', '#c83e4d'];
/** Of points without a value, where others have one: they fade. */
export const NO_VALUE = '#8b919a';
export const NO_VALUE_OPACITY = 0.6;

/** Of the entries of a legend, in CSS; the last of many stands for all others. */
export function coloursFor(entries: number, inOrder: boolean): readonly string[] {
  const colours = inOrder ? ORDERED : DISTINCT;
  return Array.from({ length: entries }, (_, at) => colours[at] ?? NO_VALUE);
}

function channel(colour: string, at: number): number {
  return Number.parseInt(colour.slice(1 + 2 * at, 3 + 2 * at), 16) / 255;
}

/** For the graphics card. `only`: the entry that is looked at; the others fade. */
export function paletteOf(
  colours: readonly string[],
  plain: string | null,
  opacity: number,
  only: number | null,
): Float32Array {
  const palette = new Float32Array(4 * PALETTE);
  for (let entry = 0; entry < PALETTE; entry++) {
    const colour = entry === 0 ? (plain ?? NO_VALUE) : (colours[entry - 1] ?? NO_VALUE);
    const faded = only !== null && only !== entry;
    for (let at = 0; at < 3; at++) palette[4 * entry + at] = channel(colour, at);
    palette[4 * entry + 3] = faded
      ? 0.08
      : entry === 0 && plain === null
        ? opacity * NO_VALUE_OPACITY
        : opacity;
  }
  return palette;
}

/** A byte for each point; those that have gone are not drawn. */
export function shownCodes(count: number, codes: Uint8Array | null, gone: ReadonlySet<number>): Uint8Array {
  const shown = new Uint8Array(count);
  if (codes) shown.set(codes.subarray(0, count));
  for (const number of gone) if (number < count) shown[number] = HIDDEN;
  return shown;
}

/** How many points have this code. */
export function countOf(code: number, codes: Uint8Array): number {
  let count = 0;
  for (const one of codes) if (one === code) count++;
  return count;
}

/** Pixels across and opacity, by how many there are and how near one looks. */
export function dotFor(count: number, nearer: number): { dot: number; opacity: number } {
  const few = Math.min(1, Math.max(0, (5.5 - Math.log10(Math.max(10, count))) / 3));
  const dot = Math.min(11, (2 + 4 * few) * nearer ** 0.35);
  return { dot, opacity: Math.min(0.95, 0.55 + 0.4 * few + 0.1 * Math.log2(Math.max(1, nearer))) };
}
