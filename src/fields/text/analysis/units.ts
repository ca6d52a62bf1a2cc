/*
 * Runs of scripts without spaces, as units: a letter and the marks on it. Each unit with the next one is a term, and the
 * last one alone. So at every place of a run begins exactly one term, and texts with a single unit are those with a term
 * that begins with it.
 */

/** What belongs to the letter before it. Two that are letters by their kind are marks: those of half-width katakana. */
const MARK = /^[\p{M}\p{Default_Ignorable_Code_Point}\uff9e\uff9f]/u;

/** Ideographs and kana have no marks among them but U+3099 and U+309A, which are looked at. */
function mayBeMark(code: number): boolean {
  return code < 0x3041 || code > 0x9fff || code === 0x3099 || code === 0x309a;
}

/** Where the units of a run begin, and its end. */
export function unitsOf(run: string): number[] {
  const starts = [0];
  for (let at = 0; at < run.length; ) {
    const code = run.codePointAt(at)!;
    const size = code > 0xffff ? 2 : 1;
    if (at > 0 && !(mayBeMark(code) && MARK.test(String.fromCodePoint(code)))) starts.push(at);
    at += size;
  }
  starts.push(run.length);
  return starts;
}
