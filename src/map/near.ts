/* The nearest rows of those that were offered: few, so that each finds its place by looking. */

export class Nearest {
  readonly rows: Uint32Array;
  readonly distances: Float32Array;
  size = 0;

  constructor(most: number) {
    this.rows = new Uint32Array(most);
    this.distances = new Float32Array(most);
  }

  clear(): void {
    this.size = 0;
  }

  /** Of rows equally far, those offered first stay. No row may be offered twice. */
  offer(row: number, distance: number): void {
    const { rows, distances } = this;
    if (this.size === rows.length) {
      if (!(distance < distances[this.size - 1]!)) return;
      this.size--;
    }
    let at = this.size++;
    for (; at > 0 && distances[at - 1]! > distance; at--) {
      rows[at] = rows[at - 1]!;
      distances[at] = distances[at - 1]!;
    }
    rows[at] = row;
    distances[at] = distance;
  }
}
