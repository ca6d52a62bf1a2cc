/* What may stand at the caret in a text of JSON, and what the text is with a choice put in. */
import { type Level, type Scan, scan } from './scan.ts';

export interface Choice {
  /** As it is shown. */
  readonly label: string;
  /** What it is, in a word or two. */
  readonly says: string;
  /** What is put in; `|` is where the caret goes, else behind it. */
  readonly insert: string;
}

/** Where the caret is. */
export interface Spot {
  /** Whether a key comes, or a value. */
  readonly wants: 'key' | 'value';
  readonly levels: readonly Level[];
  readonly level: Level | undefined;
}

/** What a kind of text takes: by the spot, all choices, whatever was typed. */
export type Grammar = (spot: Spot) => readonly Choice[];

export interface Completion {
  readonly choices: readonly Choice[];
  /** What the choice takes the place of. */
  readonly from: number;
  readonly to: number;
}

const MOST = 12;

/** What was typed of the key or value so far. */
function typed({ open }: Scan, before: string): { from: number; text: string } {
  if (open) return open;
  const word = /[\w.$-]*$/.exec(before)![0];
  return { from: before.length - word.length, text: word };
}

/** A string that goes on behind the caret is replaced as a whole. */
function endOf(text: string, caret: number, isOpen: boolean): number {
  const rest = isOpen ? /^[^"\n,}\]]*"?/.exec(text.slice(caret))! : /^[\w.$-]*/.exec(text.slice(caret))!;
  return caret + rest[0].length;
}

export function completion(text: string, caret: number, grammar: Grammar): Completion | null {
  const before = text.slice(0, caret);
  const { from, text: word } = typed(scan(before), before);
  const state = scan(before.slice(0, from));
  const level = state.levels.at(-1);
  if (state.error && state.error.at < from && !state.open && state.levels.length === 0) return null; // the short form
  if (state.whole || (level && level.wants !== 'key' && level.wants !== 'value')) return null;
  const wants = level?.wants === 'key' ? 'key' : 'value';
  const isOpen = before[from] === '"';
  const lower = word.toLowerCase();
  const choices = grammar({ wants, levels: state.levels, level })
    .filter(({ label }) => label.toLowerCase().includes(lower) && label !== word)
    .sort(
      (a, b) =>
        Number(b.label.toLowerCase().startsWith(lower)) - Number(a.label.toLowerCase().startsWith(lower)),
    )
    .slice(0, MOST);
  return choices.length === 0 ? null : { choices, from, to: endOf(text, caret, isOpen) };
}

/** The text with a choice put in, and where the caret is then. */
export function completed(
  text: string,
  { from, to }: Completion,
  { insert }: Choice,
): { text: string; caret: number } {
  const at = insert.indexOf('|');
  const put = insert.replace('|', '');
  return {
    text: text.slice(0, from) + put + text.slice(to),
    caret: from + (at < 0 ? put.length : at),
  };
}
