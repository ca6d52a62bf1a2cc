/* What steps by words have found, shown in the texts of hits: of all steps that ask for it, in their order. */
import type { TextField } from '../../../fields/text/text-field.js';
import type { LiveIndex } from '../../live-index.js';
import { fieldOf } from '../inverted.js';
import type { AskOf, Step } from './tree.js';

function* textsIn({ ask, prefetch }: Step): Generator<AskOf<'text'>> {
  if (ask.kind === 'text') yield ask;
  for (const step of prefetch) yield* textsIn(step);
}

/** Shows what was found in the texts of a row. */
export type Highlighter = (row: number) => string[];

/** Undefined where no step asks for it. */
export function highlighterOf(live: LiveIndex, root: Step): Highlighter | undefined {
  const all = [...textsIn(root)].flatMap(({ spec, query, highlight }) =>
    highlight ? [fieldOf<TextField>(live, spec).highlighter(query, highlight)] : [],
  );
  if (all.length === 0) return undefined;
  return (row) => {
    const payload = live.stored.point(row)?.payload;
    return all.flatMap((show) => show(payload));
  };
}
