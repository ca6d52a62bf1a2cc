/* What the steps of a query by words have found: of all that ask for it, in their order. */
import type { LiveIndex } from '../../live-index.js';
import { Highlights } from '../highlights.js';
import type { AskOf, Step } from './tree.js';

function* textsIn({ ask, prefetch }: Step): Generator<AskOf<'text'>> {
  if (ask.kind === 'text') yield ask;
  for (const step of prefetch) yield* textsIn(step);
}

/** Undefined where no step asks for it. */
export function highlightsOf(live: LiveIndex, root: Step): Highlights | undefined {
  const all = [...textsIn(root)].flatMap(({ spec, query, highlight }) =>
    highlight ? [{ spec, query, highlight }] : [],
  );
  return all.length > 0 ? new Highlights(live, all) : undefined;
}
