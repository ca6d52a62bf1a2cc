/*
 * What a collection does by itself and failed at, by kind. A failure stays until the same kind of work succeeds:
 * what one kind achieves says nothing about another.
 */

/**
 * `threads`: a build had fewer than it asked for. `listener`: an internal error while others were told of a change.
 * `field`: values were not added to an inverted index. `follow`: what another process wrote was not taken up.
 */
export type FailureKind =
  | 'build'
  | 'threads'
  | 'snapshot'
  | 'compaction'
  | 'payloadIndex'
  | 'field'
  | 'recall'
  | 'listener'
  | 'follow';

export class Failures {
  /** In the order they came: the newest is the last. */
  readonly #messages = new Map<FailureKind, string>();

  note(kind: FailureKind, error: unknown): void {
    this.#messages.delete(kind);
    this.#messages.set(kind, error instanceof Error ? error.message : String(error));
  }

  clear(kind: FailureKind): void {
    this.#messages.delete(kind);
  }

  has(kind: FailureKind): boolean {
    return this.#messages.has(kind);
  }

  get all(): Record<string, string> {
    return Object.fromEntries(this.#messages);
  }

  /** The newest; null where nothing is wrong. */
  get latest(): string | null {
    return [...this.#messages.values()].at(-1) ?? null;
  }
}
