/* A timer for who looks again, later, whether something is due. One runs at a time, and it keeps no process alive. */

export class LookAgain {
  readonly #look: () => void;
  #timer: NodeJS.Timeout | undefined;

  constructor(look: () => void) {
    this.#look = look;
  }

  /** Looks in `ms` milliseconds; does nothing where a look is coming already. */
  after(ms: number): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      this.#look();
    }, Math.ceil(ms));
    this.#timer.unref();
  }

  cancel(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
