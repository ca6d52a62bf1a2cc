/* Long work on this thread, one piece after the other. */

export class OneByOne {
  /** Settles when all that was called before is over. */
  #last: Promise<void> = Promise.resolve();

  run(work: () => Promise<void>): Promise<void> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }
}
