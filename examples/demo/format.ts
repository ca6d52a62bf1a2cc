/** Numbers, bars and tables as text. Pure functions; nothing here is wider than 80 columns. */

export const WIDTH = 80;

export function count(value: number): string {
  return Math.round(value).toLocaleString('en-US');
}

/** Three significant digits for rates: the others change with every run. */
export function rate(perSecond: number): string {
  if (!Number.isFinite(perSecond)) return '-';
  return count(perSecond < 1000 ? perSecond : Number(perSecond.toPrecision(3)));
}

/** A span given in milliseconds, in the unit that needs no leading zeros. */
export function latency(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (value < 0.9995) return `${Math.round(1000 * value)} µs`;
  if (value < 10) return `${value.toFixed(2)} ms`;
  return value < 100 ? `${value.toFixed(1)} ms` : `${count(value)} ms`;
}

export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-';
  if (seconds < 60) return `${seconds.toFixed(seconds < 10 ? 1 : 0)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}

/** `paint` colours the filled part; it must not change its width on the screen. */
export function bar(done: number, total: number, width: number, paint?: (text: string) => string): string {
  const share = total > 0 ? Math.min(1, Math.max(0, done / total)) : 0;
  // Rounded down: a bar that looks full before it is done would lie.
  const filled = Math.floor(share * width);
  const full = '█'.repeat(filled);
  return (paint && filled > 0 ? paint(full) : full) + '░'.repeat(width - filled);
}

export type Align = 'left' | 'right';

/** Columns as wide as their widest cell, two spaces apart and two from the margin. */
export function table(rows: readonly (readonly string[])[], align: readonly Align[]): string[] {
  const widths = align.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => {
    const cells = row.map((cell, column) => {
      const width = widths[column] ?? 0;
      return align[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
    });
    return `  ${cells.join('  ')}`.trimEnd();
  });
}

/** Pieces joined by commas, broken between pieces; later lines begin below the first piece. */
export function wrapList(label: string, pieces: readonly string[], width: number = WIDTH): string[] {
  const lines: string[] = [];
  let line = label;
  let hasPiece = false;
  for (const [index, piece] of pieces.entries()) {
    const text = index === pieces.length - 1 ? piece : `${piece},`;
    if (hasPiece && line.length + 1 + text.length > width) {
      lines.push(line);
      line = ' '.repeat(label.length);
    }
    line += ` ${text}`;
    hasPiece = true;
  }
  return [...lines, line];
}
