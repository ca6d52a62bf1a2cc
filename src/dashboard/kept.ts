/*
 * What the browser keeps for this page. Where it keeps nothing (cookies are blocked, the storage is full), the page does, until it
 * is closed.
 */

class Kept {
  readonly #storage: () => Storage;
  readonly #own = new Map<string, string>();

  /** Asking for a storage that is blocked throws. */
  constructor(storage: () => Storage) {
    this.#storage = storage;
  }

  get(name: string): string | null {
    try {
      return this.#storage().getItem(name) ?? this.#own.get(name) ?? null;
    } catch {
      return this.#own.get(name) ?? null;
    }
  }

  set(name: string, value: string): void {
    this.remove(name);
    try {
      this.#storage().setItem(name, value);
    } catch {
      this.#own.set(name, value);
    }
  }

  remove(name: string): void {
    this.#own.delete(name);
    try {
      this.#storage().removeItem(name);
    } catch {
      // Nothing is there.
    }
  }
}

/** For this browser. */
export const kept: Kept = new Kept(() => localStorage);
/** For this tab of it. */
export const keptInTab: Kept = new Kept(() => sessionStorage);
