/*
 * What searches by words have found, shown in the texts of hits. Texts and words are those of the turn in which the hits are found. Texts
 * may be long, and are looked through in slices behind that turn.
 */
import type { TextSpec } from '../../fields/field.js';
import type { TextAsk } from '../../fields/text/query/plan.js';
import type { HighlightOptions, TextField } from '../../fields/text/text-field.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import { fieldOf } from './inverted.js';

/** A search by words whose hits show what was found. */
interface Shown {
  readonly spec: TextSpec;
  readonly query: TextAsk;
  readonly highlight: HighlightOptions;
}

interface Source {
  readonly field: TextField;
  readonly show: (text: string) => Generator<void, string[]>;
}

export class Highlights {
  readonly #live: LiveIndex;
  readonly #sources: readonly Source[];
  /** What is to be shown, and into which array. */
  #left: { readonly into: string[]; readonly steps: Generator<void, string[]> }[] = [];

  /** To be made in the turn in which the hits are found. */
  constructor(live: LiveIndex, all: readonly Shown[]) {
    this.#live = live;
    this.#sources = all.map(({ spec, query, highlight }) => {
      const field = fieldOf<TextField>(live, spec);
      return { field, show: field.highlighter(query, highlight) };
    });
  }

  /** Of the point of a row, in this turn: what `fill` fills. */
  of(row: number): string[] {
    const into: string[] = [];
    const payload = this.#live.stored.point(row)?.payload;
    for (const { field, show } of this.#sources)
      for (const text of field.textsOf(payload)) this.#left.push({ into, steps: show(text) });
    return into;
  }

  /** Looks through the texts. `pause` lets others go on meanwhile. */
  async fill(pause: () => Promise<void>): Promise<void> {
    const { time } = this.#live.platform;
    const left = this.#left;
    this.#left = [];
    let until = time.now() + SLICE_MS;
    for (const { into, steps } of left)
      for (;;) {
        const step = steps.next();
        if (step.done) into.push(...step.value);
        if (time.now() > until) {
          await pause();
          until = time.now() + SLICE_MS;
        }
        if (step.done) break;
      }
  }
}
