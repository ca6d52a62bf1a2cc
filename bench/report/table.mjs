// @ts-check
// Plain text tables that fit 80 columns: first column to the left, figures to the right.

/**
 * @param {string[]} head
 * @param {string[][]} body
 * @returns {string}
 */
export function table(head, body) {
  const all = [head, ...body];
  const widths = head.map((_, column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const line = (/** @type {string[]} */ row) =>
    row
      .map((cell, column) =>
        column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(head), '-'.repeat(widths.reduce((sum, width) => sum + width + 2, -2)), ...body.map(line)].join(
    '\n',
  );
}
