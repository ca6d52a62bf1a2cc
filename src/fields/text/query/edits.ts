/*
 * How many letters must be added, left out, replaced, or change places with their neighbours to make one word of another
 * (optimal string alignment, Damerau 1964), as far as a limit. A letter is a UTF-16 code unit.
 */

const ROOM = 256;
/** The last three rows of the table, each with a column more than a word has letters. */
const rows = [0, 1, 2].map(() => new Uint8Array(ROOM + 1));

/** The number of edits, or `limit + 1` where it is greater. Words of at most 255 letters. */
export function editsBetween(a: string, b: string, limit: number): number {
  const [n, m] = [a.length, b.length];
  if (Math.abs(n - m) > limit || n > ROOM || m > ROOM) return limit + 1;
  let [before, last, row] = rows as [Uint8Array, Uint8Array, Uint8Array];
  for (let j = 0; j <= m; j++) last[j] = Math.min(j, limit + 1);
  for (let i = 1; i <= n; i++) {
    const letter = a.charCodeAt(i - 1);
    // Behind so many columns from the diagonal, there are more edits than may be.
    const from = Math.max(1, i - limit);
    const to = Math.min(m, i + limit);
    let least = (row[from - 1] = from === 1 ? Math.min(i, limit + 1) : limit + 1);
    for (let j = from; j <= to; j++) {
      const other = b.charCodeAt(j - 1);
      let edits = last[j - 1]! + (letter === other ? 0 : 1);
      if (row[j - 1]! + 1 < edits) edits = row[j - 1]! + 1;
      if (j < i + limit && last[j]! + 1 < edits) edits = last[j]! + 1;
      const swapped = i > 1 && j > 1 && letter === b.charCodeAt(j - 2) && other === a.charCodeAt(i - 2);
      if (swapped && before[j - 2]! + 1 < edits) edits = before[j - 2]! + 1;
      row[j] = edits > limit ? limit + 1 : edits;
      if (edits < least) least = edits;
    }
    if (least > limit) return limit + 1;
    if (to < m) row[to + 1] = limit + 1;
    [before, last, row] = [last, row, before];
  }
  return last[m]!;
}
