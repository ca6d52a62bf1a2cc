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

/** Words that are looked at in one step. */
const STEP_WORDS = 256;

/** The words of a text that were found, in steps. */
function* matchesIn(text: string, isFound: IsFound, analyzer: Analyzer): Generator<Span[], void> {
  for (let at = 0; at < text.length; ) {
    const spans: Span[] = [];
    let words = 0;
    const visit = (term: string | null, start: number, end: number): boolean => {
      const found = term !== null && isFound(term);
      if (found) {
        const length = found === true ? end - start : unitsOf(text.slice(start, end))[1]!;
        spans.push({ start, end: start + length, term });
      }
      return ++words >= STEP_WORDS;
    };
    at = analyzer.each(text, visit, at);
    yield spans;
  }
}

/** Spans that follow one another within so many characters. */
interface Fragment {
  readonly spans: Span[];
  /** How many different words. */
  readonly words: number;
}

function isBetter(a: Fragment, b: Fragment): boolean {
  return a.words > b.words || (a.words === b.words && a.spans.length > b.spans.length);
}

/** The best fragments so far: of equal ones, the first. */
class Best {
  readonly #length: number;
  readonly #most: number;
  /** Best first. */
  readonly #best: Fragment[] = [];
  #current: Span[] = [];

  constructor(length: number, most: number) {
    this.#length = length;
    this.#most = most;
  }

  add(span: Span): void {
    const first = this.#current[0];
    if (first && span.end - first.start > this.#length) this.#close();
    this.#current.push(span);
  }

  #close(): void {
    const spans = this.#current;
    if (spans.length === 0) return;
    this.#current = [];
    const fragment = { spans, words: new Set(spans.map(({ term }) => term)).size };
    const worse = this.#best.findIndex((one) => isBetter(fragment, one));
    this.#best.splice(worse < 0 ? this.#best.length : worse, 0, fragment);
    if (this.#best.length > this.#most) this.#best.pop();
  }

  /** In their order in the text. */
  end(): Fragment[] {
    this.#close();
    return this.#best.sort((a, b) => a.spans[0]!.start - b.spans[0]!.start);
  }
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

/** The best fragments of a text in their order there; none where no word matched. In steps, since a text may be long. */
export function* highlighting(
  text: string,
  isFound: IsFound,
  analyzer: Analyzer,
  { pre = '<mark>', post = '</mark>', length = 150, fragments = 3 }: HighlightOptions = {},
): Generator<void, string[]> {
  const best = new Best(length, fragments);
  for (const spans of matchesIn(text, isFound, analyzer)) {
    for (const span of spans) best.add(span);
    yield;
  }
  return best.end().map((one) => marked(text, one, length, pre, post));
}
