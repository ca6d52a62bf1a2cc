/*
 * What a collection does by itself and failed at, by kind. A failure stays until the same kind of work succeeds:
 * what one kind achieves says nothing about another, nor one field about another.
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

interface Failure {
  readonly kind: FailureKind;
  readonly message: string;
}

export class Failures {
  /** By kind and field, in the order they came: the newest is the last. */
  readonly #failures = new Map<string, Failure>();

  /** `field`: the name of the one at which it failed, '' for the unnamed one and for what is of none. */
  note(kind: FailureKind, error: unknown, field = ''): void {
    const why = error instanceof Error ? error.message : String(error);
    this.clear(kind, field);
    const message = field === '' ? why : `field "${field}": ${why}`;
    this.#failures.set(keyOf(kind, field), { kind, message });
  }

  clear(kind: FailureKind, field = ''): void {
    this.#failures.delete(keyOf(kind, field));
  }

  has(kind: FailureKind): boolean {
    return this.#failures.has(keyOf(kind, ''));
  }

  /** By kind: of several fields one after another. */
  get all(): Record<string, string> {
    const all: Record<string, string> = {};
    for (const { kind, message } of this.#failures.values())
      all[kind] = all[kind] === undefined ? message : `${all[kind]}; ${message}`;
    return all;
  }

  /** The newest; null where nothing is wrong. */
  get latest(): string | null {
    return [...this.#failures.values()].at(-1)?.message ?? null;
  }
}

function keyOf(kind: FailureKind, field: string): string {
  return `${kind} ${field}`;
}
