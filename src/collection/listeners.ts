/* Who is told whenever something has changed. */

export class Listeners {
  readonly #listeners = new Set<() => void>();

  /** Calls `listener` from now on. Returns how to stop that. */
  add(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Calls them all: what one throws does not reach the others. Returns what the first of those threw. */
  tell(): { readonly error: unknown } | undefined {
    let failure: { readonly error: unknown } | undefined;
    for (const listener of this.#listeners) {
      try {
        listener();
      } catch (error) {
        failure ??= { error };
      }
    }
    return failure;
  }
}
