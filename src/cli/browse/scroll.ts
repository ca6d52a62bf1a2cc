/* Which rows of many are seen, and which is selected. */
import type { Key } from './line.js';

export class Scroll {
  /** The first row that is seen. */
  top = 0;
  at = 0;

  /** Moves as a key says, among so many rows of which `height` are seen. */
  press({ name = '', text = '' }: Key, total: number, height: number): void {
    const page = Math.max(1, height - 1);
    if (name === 'up' || text === 'k') this.at--;
    else if (name === 'down' || text === 'j') this.at++;
    else if (name === 'pageup' || text === 'b') this.at -= page;
    else if (name === 'pagedown' || text === ' ') this.at += page;
    else if (name === 'home' || text === 'g') this.at = 0;
    else if (name === 'end' || text === 'G') this.at = total - 1;
    this.keep(total, height);
  }

  /** Stays within what there is. */
  keep(total: number, height: number): void {
    this.at = Math.max(0, Math.min(this.at, total - 1));
    this.top = Math.max(0, Math.min(this.top, this.at, total - height), this.at - Math.max(1, height) + 1);
  }
}
