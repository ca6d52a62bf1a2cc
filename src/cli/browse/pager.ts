/* Lines that are read from top to bottom, more than fit at once. */
import type { Key } from './line.js';

export class Pager {
  #top = 0;

  /** Moves as a key says, where `height` lines are seen. */
  press({ name = '', text = '' }: Key, height: number): void {
    if (name === 'up' || text === 'k') this.#top--;
    else if (name === 'down' || text === 'j') this.#top++;
    else if (name === 'pageup' || text === 'b') this.#top -= height - 1;
    else if (name === 'pagedown' || text === ' ') this.#top += height - 1;
    else if (name === 'home' || text === 'g') this.#top = 0;
    else if (name === 'end' || text === 'G') this.#top = Number.MAX_SAFE_INTEGER;
  }

  /** Those that are seen. */
  seen(lines: readonly string[], height: number): string[] {
    this.#top = Math.max(0, Math.min(this.#top, lines.length - height));
    return lines.slice(this.#top, this.#top + height);
  }
}
