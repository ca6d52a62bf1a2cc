/*
 * How many of the operations were patches of payloads: they take sequence numbers as others do, and change no vector and no
 * link. So what was learned or saved of a graph is out of date by the others alone.
 *
 * Of those before this collection was opened nothing is known: they count as if they had changed rows.
 */

/** Steps that are remembered; then every other one is joined to the next. */
const KEPT = 4_096;

/** Operations in a row of which some were patches. */
interface Step {
  /** Sequence number before the first, and of the last. */
  readonly after: number;
  readonly upTo: number;
  /** Patches made up to there, in all. */
  readonly made: number;
}

export class PatchesMade {
  #steps: Step[] = [];
  #made = 0;

  /** Of the operations behind `after`, up to `upTo`, so many were patches. */
  note(after: number, upTo: number, count: number): void {
    if (count === 0) return;
    this.#made += count;
    this.#steps.push({ after, upTo, made: this.#made });
    if (this.#steps.length <= KEPT) return;
    const steps = this.#steps;
    this.#steps = steps.flatMap(({ upTo: end, made }, i) =>
      i % 2 === 1 ? [{ after: steps[i - 1]!.after, upTo: end, made }] : [],
    );
  }

  /** How many behind a sequence number; those of a step that it lies in are left out. */
  since(seq: number): number {
    let low = 0;
    let high = this.#steps.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#steps[middle]!.after < seq) low = middle + 1;
      else high = middle;
    }
    return this.#made - (this.#steps[low - 1]?.made ?? 0);
  }
}
