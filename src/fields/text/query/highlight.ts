/* The parts of a text that a query found, with the words that matched between marks. A pure function of both. */
import type { Analyzer } from '../analysis/analyzer.js';
import { unitsOf } from '../analysis/units.js';

interface HighlightOptions {
  /** Before and behind what matched. Default <mark> and </mark>; the text between is as it is stored, not escaped. */
  readonly pre?: string;
  readonly post?: string;
  /** About how many characters a fragment has. Default 150. */
  readonly length?: number;
  /** Most fragments, the best ones. Default 3. */
  readonly fragments?: number;
}

interface Span {
  readonly start: number;
  readonly end: number;
  readonly term: string;
}

/** Whether a term was found; of a pair of units that was found by its first one, that alone. */
export type IsFound = (term: string) => boolean | 'first unit';

function matchesIn(text: string, isFound: IsFound, analyzer: Analyzer): Span[] {
  const spans: Span[] = [];
  analyzer.each(text, (term, start, end) => {
    const found = term !== null && isFound(term);
    if (!found) return;
    const length = found === true ? end - start : unitsOf(text.slice(start, end))[1]!;
    spans.push({ start, end: start + length, term });
  });
  return spans;
}

/** Spans that follow one another within so many characters. */
interface Fragment {
  readonly spans: Span[];
  /** How many different words. */
  readonly words: number;
}

function fragmentsOf(spans: readonly Span[], length: number): Fragment[] {
  const fragments: Fragment[] = [];
  let current: Span[] = [];
  const close = (): void => {
    if (current.length > 0)
      fragments.push({ spans: current, words: new Set(current.map(({ term }) => term)).size });
    current = [];
  };
  for (const span of spans) {
    if (current.length > 0 && span.end - current[0]!.start > length) close();
    current.push(span);
  }
  close();
  return fragments;
}

/** Where a word begins or ends near a place: a fragment is not cut within one that is shorter than this. */
const WORD_PART = 20;

function cutAt(text: string, at: number, step: 1 | -1): number {
  if (at <= 0) return 0;
  if (at >= text.length) return text.length;
  for (let i = at; Math.abs(i - at) < WORD_PART && i > 0 && i < text.length; i -= step)
    if (/\s/.test(text[step === 1 ? i : i - 1]!)) return i;
  // Between two halves of a character is not a place to cut.
  return /[\udc00-\udfff]/.test(text[at]!) ? at - 1 : at;
}

function marked(text: string, { spans }: Fragment, length: number, pre: string, post: string): string {
  const [first, last] = [spans[0]!, spans.at(-1)!];
  const around = Math.max(0, length - (last.end - first.start)) / 2;
  const from = Math.min(cutAt(text, Math.floor(first.start - around), -1), first.start);
  const to = Math.max(cutAt(text, Math.ceil(last.end + around), 1), last.end);
  let result = '';
  let at = from;
  for (let i = 0; i < spans.length; ) {
    const { start } = spans[i]!;
    let { end } = spans[i++]!;
    // Pairs of letters overlap.
    for (; i < spans.length && spans[i]!.start < end; i++) end = Math.max(end, spans[i]!.end);
    result += `${text.slice(at, start)}${pre}${text.slice(start, end)}${post}`;
    at = end;
  }
  return result + text.slice(at, to);
}

/** The best fragments of a text in their order there; none where no word matched. */
export function highlight(
  text: string,
  isFound: IsFound,
  analyzer: Analyzer,
  { pre = '<mark>', post = '</mark>', length = 150, fragments = 3 }: HighlightOptions = {},
): string[] {
  const found = fragmentsOf(matchesIn(text, isFound, analyzer), length);
  const best = [...found]
    .sort((a, b) => b.words - a.words || b.spans.length - a.spans.length)
    .slice(0, fragments);
  return found.filter((one) => best.includes(one)).map((one) => marked(text, one, length, pre, post));
}
