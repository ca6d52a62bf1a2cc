/* Changes of what names stand for, in the order of the calls: for each name by itself. */
export class NameOrder {
  /** The last change of a name, while it is under way. */
  readonly #last = new Map<string, Promise<void>>();

  /**
   * Runs `change` when those of the same names that were called before are done; at once where there are none. It takes the
   * places of all its names at the call, so no two changes wait for one another.
   */
  run<T>(names: readonly string[], change: () => Promise<T>): Promise<T> {
    const before = names.flatMap((name) => this.#last.get(name) ?? []);
    const changed = before.length > 0 ? Promise.all(before).then(change) : change();
    const done = changed
      .then(
        () => {},
        () => {},
      )
      .finally(() => {
        for (const name of names) if (this.#last.get(name) === done) this.#last.delete(name);
      });
    for (const name of names) this.#last.set(name, done);
    return changed;
  }

  /** Resolves when all that are under way are done. */
  async done(): Promise<void> {
    await Promise.all(this.#last.values());
  }
}
