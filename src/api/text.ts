/* Queries of text, and how what they find is shown. */

/** What is searched for in a field of text. */
export interface TextQuery {
  /** Words, in whatever order and spelling; stop words of the field's language are left out. */
  readonly text: string;
  /** Whether a text must have any of the words, all of them, or all in a row. Default `any`. */
  readonly match?: 'any' | 'all' | 'phrase' | undefined;
  /** Whether the last word is a beginning: `kin` finds king and kingdom. Not with `phrase`. Default false. */
  readonly prefix?: boolean | undefined;
  /** Letters of a word that may be wrong, at most: one from 4 letters on, two from 8. Not with `phrase`. Default 0. */
  readonly fuzzy?: 0 | 1 | 2 | undefined;
}

/** How `highlights` of hits look. */
export interface HighlightOptions {
  /** What stands before a word that was found. Default `<mark>`. */
  readonly pre?: string | undefined;
  /** What stands behind it. Default `</mark>`. The text between is not escaped. */
  readonly post?: string | undefined;
  /** About how many characters a fragment has, 1 to 100,000. Default 150. */
  readonly length?: number | undefined;
  /** Most fragments of each text, the best ones, 1 to 1,000. Default 3. */
  readonly fragments?: number | undefined;
}
