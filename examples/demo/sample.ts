/** Which rows are streamed and which are kept back as queries. */

export interface Split {
  /** Row numbers in the file's order. */
  streamed: Uint32Array;
  /** Never inserted: queries whose answer is not the row itself. */
  heldOut: Uint32Array;
}

/**
 * Takes the first `rows` + `queries` rows (fewer when there are not as many) and holds back `queries` of
 * them, evenly spread from frequent to rare. Rows in `keep` are streamed whatever happens.
 */
export function splitRows(total: number, rows: number, queries: number, keep: ReadonlySet<number>): Split {
  const considered = Math.min(total, rows + queries);
  // Of a few rows at most half are held back, or there would be nothing to search.
  const wanted = Math.min(queries, Math.floor(considered / 2));
  const isHeldOut = new Uint8Array(considered);
  let held = 0;
  for (let i = 0; i < wanted; i++) {
    const row = Math.floor(((i + 0.5) * considered) / wanted);
    if (keep.has(row)) continue;
    isHeldOut[row] = 1;
    held++;
  }
  const all = Uint32Array.from({ length: considered }, (_, row) => row);
  return {
    streamed: all.filter((row) => isHeldOut[row] === 0).subarray(0, Math.min(rows, considered - held)),
    heldOut: all.filter((row) => isHeldOut[row] === 1),
  };
}
