/* The terminal while it is drawn on: another screen, keys as they are pressed. It is as it was before when this ends, however it ends. */
import { on } from 'node:events';
import { emitKeypressEvents } from 'node:readline';
import type { Frame } from './browser.js';
import type { Key } from './line.js';

/** The other screen, without wrapping; and back. */
const ENTER = '\x1b[?1049h\x1b[?7l\x1b[?25l';
const LEAVE = '\x1b[?25h\x1b[?7h\x1b[?1049l';
/** After an Escape, a terminal sends the rest of a key at once. */
const ESCAPE_MS = 50;

interface Pressed {
  readonly name?: string;
  readonly ctrl?: boolean;
  readonly meta?: boolean;
}

export class Terminal implements Disposable {
  readonly #in: NodeJS.ReadStream;
  readonly #out: NodeJS.WriteStream;
  readonly #again = (): void => this.#enter();
  readonly #resized = (): void => void this.#in.emit('keypress', '', { name: 'resize' });
  readonly #pressed: AsyncIterable<[text: string | undefined, key: Pressed]>;
  #entered = false;

  constructor(input: NodeJS.ReadStream, output: NodeJS.WriteStream, signal: AbortSignal) {
    this.#in = input;
    this.#out = output;
    emitKeypressEvents(input, { escapeCodeTimeout: ESCAPE_MS } as never);
    signal.onabort = () => this[Symbol.dispose]();
    this.#pressed = on(input, 'keypress', { signal }) as AsyncIterable<[string | undefined, Pressed]>;
    process.on('SIGCONT', this.#again);
    output.on('resize', this.#resized);
    this.#enter();
  }

  #enter(): void {
    this.#entered = true;
    this.#in.setRawMode(true).resume();
    this.#out.write(ENTER);
    this.#resized();
  }

  #leave(): void {
    if (!this.#entered) return;
    this.#entered = false;
    this.#in.setRawMode(false).pause();
    this.#out.write(LEAVE);
  }

  get width(): number {
    return this.#out.columns;
  }

  get height(): number {
    return this.#out.rows;
  }

  /** Keys, and a change of the size as one. Ctrl+C and Ctrl+Z are signals, as they are elsewhere. */
  async *keys(): AsyncIterable<Key> {
    for await (const [text, { name, ctrl, meta }] of this.#pressed) {
      if (ctrl && name === 'z') {
        this.#leave();
        process.kill(process.pid, 'SIGTSTP');
      } else yield { name, ctrl, meta, text };
    }
  }

  draw({ lines, cursor }: Frame): void {
    const text = lines.map((line) => `${line}\x1b[K`).join('\r\n');
    const place = cursor ? `\x1b[${cursor[0] + 1};${cursor[1] + 1}H\x1b[?25h` : '';
    this.#out.write(`\x1b[?25l\x1b[H${text}\x1b[J${place}`);
  }

  [Symbol.dispose](): void {
    process.off('SIGCONT', this.#again);
    this.#out.off('resize', this.#resized);
    this.#leave();
  }
}
